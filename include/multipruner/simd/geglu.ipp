// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/simd/detail/exponential.hpp>
#include <multipruner/simd/detail/multiply_activated.hpp>
#include <multipruner/simd/geglu.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::simd {

MULTIPRUNER_INLINE void gelu_multiply(MatrixView<float> gate, MatrixView<const float> up) {
  using detail::Batch;
  detail::multiply_activated(gate, up, "gelu_multiply", [](const Batch& z) {
    return Batch(0.5f) * z * (Batch(1.0f) + xsimd::erf(z * Batch(0.70710678118654752f)));
  });
}

MULTIPRUNER_INLINE void gelu_tanh_multiply(MatrixView<float> gate, MatrixView<const float> up) {
  using detail::Batch;
  // (1 + tanh(u)) / 2 = 1 / (1 + exp(−2u)), which loses nothing where tanh(u) is nearly −1.
  constexpr float twice_root = 1.59576912160573071f;  // 2 · sqrt(2 / π)
  detail::multiply_activated(gate, up, "gelu_tanh_multiply", [](const Batch& z) {
    const Batch twice_u = Batch(twice_root) * xsimd::fma(z * z * z, Batch(0.044715f), z);
    return z / (Batch(1.0f) + detail::exponential(-twice_u));
  });
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::simd
