// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <optional>
#include <string_view>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/types.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline tensor {

/// IEEE 754 binary32 with the lower half of the mantissa cut off.
struct BFloat16 {
  std::uint16_t bits = 0;
};

/// IEEE 754 binary16.
struct Float16 {
  std::uint16_t bits = 0;
};

/// The scalar types that weights may be stored in. Arithmetic is always float32 or wider.
enum class DType : std::uint8_t { float32, bfloat16, float16 };

[[nodiscard]] constexpr Index size_of(DType dtype) {
  return dtype == DType::float32 ? 4 : 2;
}

/// The name in config.json (`torch_dtype`), e.g. "bfloat16".
[[nodiscard]] constexpr std::string_view name_of(DType dtype) {
  constexpr std::array<std::string_view, 3> names{"float32", "bfloat16", "float16"};
  return names[static_cast<std::size_t>(dtype)];
}

template <class Scalar>
inline constexpr std::optional<DType> dtype_of = std::nullopt;
template <>
inline constexpr std::optional<DType> dtype_of<float> = DType::float32;
template <>
inline constexpr std::optional<DType> dtype_of<BFloat16> = DType::bfloat16;
template <>
inline constexpr std::optional<DType> dtype_of<Float16> = DType::float16;

[[nodiscard]] constexpr float to_float(float value) {
  return value;
}

[[nodiscard]] constexpr float to_float(BFloat16 value) {
  return std::bit_cast<float>(static_cast<std::uint32_t>(value.bits) << 16);
}

/// Exact for all 65,536 inputs: every binary16 value, denormals, infinities and NaN payloads included, is a binary32.
[[nodiscard]] constexpr float to_float(Float16 value) {
  const std::uint32_t sign = static_cast<std::uint32_t>(value.bits & 0x8000u) << 16;
  const std::uint32_t magnitude = value.bits & 0x7fffu;
  if (magnitude >= 0x7c00u) return std::bit_cast<float>(sign | 0x7f800000u | (magnitude & 0x3ffu) << 13);
  if (magnitude >= 0x400u) return std::bit_cast<float>(sign | ((magnitude << 13) + 0x38000000u));
  const float denormal = static_cast<float>(magnitude) * 0x1p-24f;
  return std::bit_cast<float>(sign | std::bit_cast<std::uint32_t>(denormal));
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline tensor
