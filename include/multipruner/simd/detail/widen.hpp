// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>

#include <multipruner/core/linkage.hpp>
#include <multipruner/simd/detail/quads.hpp>
#include <multipruner/tensor/dtype.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::simd::detail {

using IntBatch = xsimd::batch<std::int32_t>;

/// The values of bfloat16 bit patterns that lie in the upper halves of 32-bit words; the lower halves are ignored.
[[nodiscard]] inline Batch upper_half_as_float(BFloat16, const IntBatch& words) {
  return same_bits_as<float>(words & IntBatch(static_cast<std::int32_t>(0xffff0000u)));
}

/// Likewise for float16; exact, denormals, infinities and NaN payloads included.
[[nodiscard]] inline Batch upper_half_as_float(Float16, const IntBatch& words) {
  const IntBatch sign = words & IntBatch(static_cast<std::int32_t>(0x80000000u));
  const IntBatch magnitude = (words & IntBatch(0x7fff0000)) >> 3;  // at the place of the bits of a float32
  const IntBatch normal = magnitude + IntBatch(0x38000000);
  const IntBatch infinite = magnitude | IntBatch(0x7f800000);
  // The spacing of float32 at 0.5 is that of the denormals of float16.
  const IntBatch half_plus_denormal = (magnitude >> 13) | IntBatch(0x3f000000);
  const Batch denormal = same_bits_as<float>(half_plus_denormal) - Batch(0.5f);
  // All bits where magnitude < limit. (xsimd 8.1 cannot select integers with AVX-512 unless it is optimised.)
  const auto below = [&](std::int32_t limit) { return (magnitude - IntBatch(limit)) >> 31; };
  const auto choose = [](const IntBatch& mask, const IntBatch& a, const IntBatch& b) {
    return (a & mask) | (b & ~mask);
  };
  IntBatch bits = choose(below(0x00800000), same_bits_as<std::int32_t>(denormal), normal);
  bits = choose(below(0x0f800000), bits, infinite);
  return same_bits_as<float>(bits | sign);
}

static_assert(std::endian::native == std::endian::little,
              "the first of two 16-bit elements is the lower half of a word");

/// The first and the second of the two 16-bit elements of every word.
template <class Scalar>
[[nodiscard]] inline std::array<Batch, 2> widen_pairs(const Batch& words) {
  const auto bits = same_bits_as<std::int32_t>(words);
  return {upper_half_as_float(Scalar{}, bits << 16), upper_half_as_float(Scalar{}, bits)};
}

/// Widens `count` neighbouring elements of a stored type, exactly.
template <class Scalar>
void widen(const Scalar* source, Index count, float* target) {
  constexpr Index step = 2 * lanes;
  const auto convert = [](const Scalar* from, float* to) {
    const auto [first, second] = widen_pairs<Scalar>(Batch::load_unaligned(reinterpret_cast<const float*>(from)));
    // Interleaving leaves the quads of the lower half of the elements at even places, those of the upper at odd ones.
    alignas(64) std::array<float, lanes> low, high;
    interleave_low(first, second).store_aligned(low.data());
    interleave_high(first, second).store_aligned(high.data());
    for (Index q = 0; q < quads; ++q) {
      std::copy_n(low.data() + 4 * q, 4, to + 8 * q);
      std::copy_n(high.data() + 4 * q, 4, to + 8 * q + 4);
    }
  };
  const Index whole = count / step * step;
  for (Index j = 0; j < whole; j += step) convert(source + j, target + j);
  if (whole == count) return;
  std::array<Scalar, step> stored{};
  std::array<float, step> wide;
  std::copy(source + whole, source + count, stored.begin());
  convert(stored.data(), wide.data());
  std::copy_n(wide.begin(), count - whole, target + whole);
}

inline void widen(const float* source, Index count, float* target) {
  std::copy_n(source, count, target);
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::simd::detail
