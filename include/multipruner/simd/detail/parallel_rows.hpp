// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/parallel.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::simd::detail {

/// Calls `body(first, count)` in parallel for consecutive blocks of rows, each of about `elements_per_task`
/// elements.
template <class Body>
void parallel_rows(Index rows, Index columns, Body&& body) {
  constexpr Index elements_per_task = 1 << 14;
  const Index block = std::clamp<Index>(elements_per_task / std::max<Index>(columns, 1), 1, std::max<Index>(rows, 1));
  parallel_for((rows + block - 1) / block, [&](Index task) {
    const Index first = task * block;
    body(first, std::min(block, rows - first));
  });
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::simd::detail
