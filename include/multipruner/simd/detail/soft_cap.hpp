// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/core/linkage.hpp>
#include <multipruner/simd/detail/batch.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::simd::detail {

/// x = cap · tanh(x / cap) in place.
inline void soft_cap(float* x, Index count, float cap) {
  for (Index j = 0; j < count; j += lanes) {
    const Index left = count - j;
    store_first(Batch(cap) * xsimd::tanh(load_first(x + j, left) / Batch(cap)), x + j, left);
  }
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::simd::detail
