#pragma once

#include <array>
#include <bit>
#include <cstdint>

#include <xsimd/xsimd.hpp>

#include <multipruner/tensor/dtype.hpp>

namespace multipruner::simd::detail {

/// Four floats in 128 bits, which every architecture has. Data is rearranged in these: interleaving wider
/// batches means different things on different architectures.
using Quad = xsimd::make_sized_batch_t<float, 4>;
using IntQuad = xsimd::batch<std::int32_t, Quad::arch_type>;

/// Turns four rows of a 4 × 4 matrix into its columns.
inline void transpose(std::array<Quad, 4>& m) {
  const Quad low_even = xsimd::zip_lo(m[0], m[2]), high_even = xsimd::zip_hi(m[0], m[2]);
  const Quad low_odd = xsimd::zip_lo(m[1], m[3]), high_odd = xsimd::zip_hi(m[1], m[3]);
  m = {xsimd::zip_lo(low_even, low_odd), xsimd::zip_hi(low_even, low_odd), xsimd::zip_lo(high_even, high_odd),
       xsimd::zip_hi(high_even, high_odd)};
}

/// The values of bfloat16 bit patterns that lie in the upper halves of 32-bit words; the lower halves are
/// ignored.
[[nodiscard]] inline Quad upper_half_as_float(BFloat16, const IntQuad& words) {
  return xsimd::bitwise_cast<Quad>(words & IntQuad(static_cast<std::int32_t>(0xffff0000u)));
}

/// Likewise for float16; exact, denormals, infinities and NaN payloads included.
[[nodiscard]] inline Quad upper_half_as_float(Float16, const IntQuad& words) {
  const IntQuad sign = words & IntQuad(static_cast<std::int32_t>(0x80000000u));
  const IntQuad magnitude = (words & IntQuad(0x7fff0000)) >> 3;  // at the place of the bits of a float32
  const IntQuad normal = magnitude + IntQuad(0x38000000);
  const IntQuad infinite = magnitude | IntQuad(0x7f800000);
  // The spacing of float32 at 0.5 is that of the denormals of float16.
  const IntQuad half_plus_denormal = (magnitude >> 13) | IntQuad(0x3f000000);
  const Quad denormal = xsimd::bitwise_cast<Quad>(half_plus_denormal) - Quad(0.5f);
  IntQuad bits =
      xsimd::select(magnitude < IntQuad(0x00800000), xsimd::bitwise_cast<IntQuad>(denormal), normal);
  bits = xsimd::select(magnitude < IntQuad(0x0f800000), bits, infinite);
  return xsimd::bitwise_cast<Quad>(bits | sign);
}

static_assert(std::endian::native == std::endian::little,
              "the first of two 16-bit elements is the lower half of a word");

/// The first and the second of the two 16-bit elements of every word.
template <class Scalar>
[[nodiscard]] inline std::array<Quad, 2> widen_pairs(const Quad& words) {
  const auto bits = xsimd::bitwise_cast<IntQuad>(words);
  return {upper_half_as_float(Scalar{}, bits << 16), upper_half_as_float(Scalar{}, bits)};
}

}  // namespace multipruner::simd::detail
