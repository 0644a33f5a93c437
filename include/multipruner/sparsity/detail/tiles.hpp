// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/parallel.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// Rows that go to a thread together: enough for matrix products to be fast, few enough for many threads. A constant,
/// because the last bits of a product depend on its shape.
inline constexpr Index tile_rows = 128;

/// Calls `body(first, size)` for consecutive ranges that make up [0, count), in parallel.
template <class Body>
void for_each_tile(Index count, Body&& body, Index tile = tile_rows) {
  parallel_for((count + tile - 1) / tile, [&](Index i) { body(i * tile, std::min(tile, count - i * tile)); });
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
