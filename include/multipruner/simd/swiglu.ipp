// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/simd/detail/exponential.hpp>
#include <multipruner/simd/detail/multiply_activated.hpp>
#include <multipruner/simd/swiglu.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::simd {

MULTIPRUNER_INLINE void silu_multiply(MatrixView<float> gate, MatrixView<const float> up) {
  using detail::Batch;
  detail::multiply_activated(gate, up, "silu_multiply",
                             [](const Batch& z) { return z / (Batch(1.0f) + detail::exponential(-z)); });
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::simd
