// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/core/linkage.hpp>
#include <multipruner/simd/detail/batch.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::simd::detail {

/// y · 2^n for whole n, rounded once.
[[nodiscard]] inline Batch scale_by_power_of_two(const Batch& y, const Batch& n) {
#if XSIMD_WITH_AVX512F
  return Batch(_mm512_scalef_ps(y, n));
#else
  // In two factors, because 2^n may be too small or too large for a float where the product is not.
  const auto whole = xsimd::batch_cast<std::int32_t>(n), half = whole >> 1;
  const auto power = [](const auto& exponent) { return same_bits_as<float>((exponent + 127) << 23); };
  return y * power(half) * power(whole - half);
#endif
}

/// exp(x) to within 2 units in the last place, denormal results and infinities included; NaN stays NaN.
///
/// exp(x) = 2^n · exp(r) with |r| ≤ ln 2 / 2. Coefficients: Cephes, expf.
[[nodiscard]] inline Batch exponential(const Batch& x) {
  // The operand order of min and max lets a NaN through.
  const Batch bounded = xsimd::max(Batch(-104.0f), xsimd::min(Batch(89.0f), x));
  const Batch n = xsimd::nearbyint(bounded * Batch(1.44269504088896341f));
  const Batch r = xsimd::fma(n, Batch(2.12194440e-4f), xsimd::fma(n, Batch(-0.693359375f), bounded));
  Batch p(1.9875691500e-4f);
  for (const float coefficient :
       {1.3981999507e-3f, 8.3334519073e-3f, 4.1665795894e-2f, 1.6666665459e-1f, 5.0000001201e-1f}) {
    p = xsimd::fma(p, r, Batch(coefficient));
  }
  return scale_by_power_of_two(xsimd::fma(p, r * r, r) + Batch(1.0f), n);
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::simd::detail
