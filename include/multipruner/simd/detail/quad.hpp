#pragma once

#if defined(__FMA__)
#include <immintrin.h>
#endif

#include <array>
#include <cstdint>

#include <xsimd/xsimd.hpp>

namespace multipruner::simd::detail {

/// The 128-bit architecture that multiplies and adds in one rounding exactly where Batch does.
#if XSIMD_WITH_FMA3_SSE
using QuadArch = xsimd::fma3<xsimd::sse4_2>;
#else
using QuadArch = xsimd::make_sized_batch_t<float, 4>::arch_type;
#endif

/// Four floats in 128 bits, which every architecture has. Data is rearranged in these: interleaving wider
/// batches means different things on different architectures.
using Quad = xsimd::batch<float, QuadArch>;
using IntQuad = xsimd::batch<std::int32_t, QuadArch>;

/// a · b + c in one rounding exactly where Batch does it in one: xsimd has no such operation for 128 bits where the
/// architecture is AVX2, and leaving it to the compiler would make the bits depend on its options.
[[nodiscard]] inline Quad fused_multiply_add(const Quad& a, const Quad& b, const Quad& c) {
#if defined(__FMA__)
  return Quad(_mm_fmadd_ps(a, b, c));
#else
  return xsimd::fma(a, b, c);
#endif
}

/// Turns four rows of a 4 × 4 matrix into its columns.
inline void transpose(std::array<Quad, 4>& m) {
  const Quad low_even = xsimd::zip_lo(m[0], m[2]), high_even = xsimd::zip_hi(m[0], m[2]);
  const Quad low_odd = xsimd::zip_lo(m[1], m[3]), high_odd = xsimd::zip_hi(m[1], m[3]);
  m = {xsimd::zip_lo(low_even, low_odd), xsimd::zip_hi(low_even, low_odd), xsimd::zip_lo(high_even, high_odd),
       xsimd::zip_hi(high_even, high_odd)};
}

}  // namespace multipruner::simd::detail
