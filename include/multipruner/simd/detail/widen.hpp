#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>

#include <multipruner/simd/detail/quad.hpp>
#include <multipruner/tensor/dtype.hpp>

namespace multipruner::simd::detail {

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
  IntQuad bits = xsimd::select(magnitude < IntQuad(0x00800000), xsimd::bitwise_cast<IntQuad>(denormal), normal);
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

/// Widens as many neighbouring 16-bit elements as fill 128 bits.
template <class Scalar>
void widen_quad(const Scalar* source, float* target) {
  const auto [first, second] = widen_pairs<Scalar>(Quad::load_unaligned(reinterpret_cast<const float*>(source)));
  xsimd::zip_lo(first, second).store_unaligned(target);
  xsimd::zip_hi(first, second).store_unaligned(target + 4);
}

/// Widens `count` neighbouring elements of a stored type, exactly.
template <class Scalar>
void widen(const Scalar* source, Index count, float* target) {
  constexpr Index step = 8;
  const Index whole = count / step * step;
  for (Index j = 0; j < whole; j += step) widen_quad(source + j, target + j);
  std::array<Scalar, step> stored{};
  std::array<float, step> wide;
  std::copy(source + whole, source + count, stored.begin());
  widen_quad(stored.data(), wide.data());
  std::copy_n(wide.begin(), count - whole, target + whole);
}

inline void widen(const float* source, Index count, float* target) {
  std::copy_n(source, count, target);
}

}  // namespace multipruner::simd::detail
