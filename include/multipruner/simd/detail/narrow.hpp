// SPDX-License-Identifier: MIT
#pragma once

#include <bit>
#include <cstdint>

#include <multipruner/core/linkage.hpp>
#include <multipruner/tensor/dtype.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::simd::detail {

/// A float32 rounded to a stored scalar type: to nearest, ties to even, overflow to infinity. A NaN keeps its
/// sign and the upper bits of its payload. Free of branches, so that compilers vectorise loops over it.
template <class Scalar>
[[nodiscard]] constexpr Scalar narrow(float value) = delete;

template <>
[[nodiscard]] constexpr float narrow<float>(float value) {
  return value;
}

template <>
[[nodiscard]] constexpr BFloat16 narrow<BFloat16>(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const std::uint32_t rounded = (bits + 0x7fffu + (bits >> 16 & 1u)) >> 16;
  const std::uint32_t payload_lost = (bits & 0x007f0000u) == 0 ? 0x40u : 0u;
  const std::uint32_t nan = bits >> 16 | payload_lost;
  return {static_cast<std::uint16_t>((bits & 0x7fffffffu) > 0x7f800000u ? nan : rounded)};
}

template <>
[[nodiscard]] constexpr Float16 narrow<Float16>(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  const std::uint32_t sign = bits >> 16 & 0x8000u;
  const std::uint32_t magnitude = bits & 0x7fffffffu;
  const std::uint32_t payload = magnitude >> 13 & 0x3ffu;
  const std::uint32_t nan = 0x7c00u | (payload == 0 ? 0x200u : payload);
  const std::uint32_t normal = (magnitude - 0x38000000u + 0xfffu + (magnitude >> 13 & 1u)) >> 13;
  // The spacing of float32 at 0.5 is that of the denormals of float16, so the addition rounds to one of them.
  const float small = magnitude < 0x38800000u ? std::bit_cast<float>(magnitude) : 0.0f;
  const std::uint32_t denormal = std::bit_cast<std::uint32_t>(small + 0.5f) - 0x3f000000u;
  std::uint32_t result = magnitude < 0x38800000u ? denormal : normal;
  result = magnitude >= 0x477ff000u ? 0x7c00u : result;
  result = magnitude > 0x7f800000u ? nan : result;
  return {static_cast<std::uint16_t>(sign | result)};
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::simd::detail
