// SPDX-License-Identifier: MIT
#pragma once

#if defined(__SSE__)
#include <immintrin.h>
#endif

#include <array>
#include <cstdint>

#include <multipruner/core/linkage.hpp>
#include <multipruner/simd/detail/batch.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::simd::detail {

/// A batch seen as groups of four neighbouring floats (128 bits, which every architecture has): "quads". Data is
/// rearranged within quads only, because that is where instructions for it are cheap on every architecture.
inline constexpr Index quads = lanes / 4;

/// What xsimd cannot say alike for every width: the instructions that work on every 128 bits by themselves.
#if XSIMD_WITH_AVX512F
inline Batch load_quads(const std::array<const float*, 4>& sources) {
  __m512 batch = _mm512_castps128_ps512(_mm_loadu_ps(sources[0]));
  batch = _mm512_insertf32x4(batch, _mm_loadu_ps(sources[1]), 1);
  batch = _mm512_insertf32x4(batch, _mm_loadu_ps(sources[2]), 2);
  return Batch(_mm512_insertf32x4(batch, _mm_loadu_ps(sources[3]), 3));
}
inline Batch interleave_low(const Batch& a, const Batch& b) {
  return Batch(_mm512_unpacklo_ps(a, b));
}
inline Batch interleave_high(const Batch& a, const Batch& b) {
  return Batch(_mm512_unpackhi_ps(a, b));
}
#elif XSIMD_WITH_AVX
inline Batch load_quads(const std::array<const float*, 2>& sources) {
  return Batch(_mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(sources[0])), _mm_loadu_ps(sources[1]), 1));
}
inline Batch interleave_low(const Batch& a, const Batch& b) {
  return Batch(_mm256_unpacklo_ps(a, b));
}
inline Batch interleave_high(const Batch& a, const Batch& b) {
  return Batch(_mm256_unpackhi_ps(a, b));
}
#else
inline Batch load_quads(const std::array<const float*, 1>& sources) {
  return Batch::load_unaligned(sources[0]);
}
inline Batch interleave_low(const Batch& a, const Batch& b) {
  return xsimd::zip_lo(a, b);
}
inline Batch interleave_high(const Batch& a, const Batch& b) {
  return xsimd::zip_hi(a, b);
}
#endif

/// Transposes the 4 × 4 matrices that the quads of four batches make: quad q of m[i] is row i of matrix q.
inline void transpose_quads(std::array<Batch, 4>& m) {
  const Batch low_even = interleave_low(m[0], m[2]), high_even = interleave_high(m[0], m[2]);
  const Batch low_odd = interleave_low(m[1], m[3]), high_odd = interleave_high(m[1], m[3]);
  m = {interleave_low(low_even, low_odd), interleave_high(low_even, low_odd), interleave_low(high_even, high_odd),
       interleave_high(high_even, high_odd)};
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::simd::detail
