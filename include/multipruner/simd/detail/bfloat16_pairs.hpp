// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/core/linkage.hpp>
#include <multipruner/simd/detail/batch.hpp>

#if defined(__AVX512BF16__) && XSIMD_WITH_AVX512F
#define MULTIPRUNER_WITH_BFLOAT16_PAIRS 1

#include <algorithm>
#include <array>

#include <immintrin.h>

#include <multipruner/simd/detail/micro_kernel.hpp>
#include <multipruner/tensor/dtype.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::simd::detail {

/// Two neighbouring elements of a row: a word of what AVX-512 BF16 multiplies. To everything that moves words about, a
/// matrix of pairs is like one of floats.
struct BFloat16Pair {
  BFloat16 first, second;
};
static_assert(sizeof(BFloat16Pair) == sizeof(float));

/// Both products of a pair are added to a lane in float32; denormals count as zeros.
/// Source: Intel 64 and IA-32 Architectures Software Developer's Manual, VDPBF16PS.
template <>
struct Product<BFloat16Pair> {
  [[gnu::always_inline]] static Batch add(const Batch& a, const Batch& b, const Batch& sum) {
    const __m512 left = a, right = b;
    return Batch(_mm512_dpbf16_ps(sum, reinterpret_cast<__m512bh>(left), reinterpret_cast<__m512bh>(right)));
  }
};

/// Rounds 16 floats and 16 further ones to bfloat16. Denormals become zeros, for which products of bfloat16 take them
/// anyway.
[[nodiscard]] inline __m512i narrow_batches(__m512 first, __m512 second) {
  return reinterpret_cast<__m512i>(_mm512_cvtne2ps_pbh(second, first));
}

/// Rounds 32 floats likewise.
inline void narrow_step(const float* x, void* target) {
  _mm512_storeu_si512(target, narrow_batches(_mm512_loadu_ps(x), _mm512_loadu_ps(x + 16)));
}

/// The first `count` of 32 floats likewise; the others become zeros.
inline void narrow_first(const float* x, Index count, void* target) {
  if (count == 32) return narrow_step(x, target);
  alignas(64) std::array<float, 32> padded{};
  std::copy_n(x, count, padded.data());
  narrow_step(padded.data(), target);
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::simd::detail

#endif
