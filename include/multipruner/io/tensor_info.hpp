// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/types.hpp>
#include <multipruner/tensor/dtype.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline io {

/// What the header of a safetensors file says about one tensor.
struct TensorInfo {
  std::string name;
  std::string dtype_name;      ///< as in the file, e.g. "BF16" or "I64"
  std::optional<DType> dtype;  ///< nothing where the type is none that weights may have
  std::vector<Index> shape;    ///< empty for a scalar
  Index begin = 0;             ///< first byte, from the start of the data section
  Index end = 0;               ///< one behind the last byte

  [[nodiscard]] Index byte_count() const { return end - begin; }

  [[nodiscard]] Index element_count() const;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline io

namespace multipruner::inline MULTIPRUNER_ABI::detail {

struct SafetensorsType {
  std::string_view name;
  int bits;  ///< of one element; below 8, several share a byte
};

/// Every element type of the safetensors format.
inline constexpr std::array<SafetensorsType, 20> safetensors_types{{
    {"BOOL", 8},    {"F4", 4},      {"F6_E2M3", 6}, {"F6_E3M2", 6}, {"U8", 8},   {"I8", 8},    {"F8_E5M2", 8},
    {"F8_E4M3", 8}, {"F8_E8M0", 8}, {"I16", 16},    {"U16", 16},    {"F16", 16}, {"BF16", 16}, {"I32", 32},
    {"U32", 32},    {"F32", 32},    {"C64", 64},    {"F64", 64},    {"I64", 64}, {"U64", 64},
}};

[[nodiscard]] constexpr std::optional<int> safetensors_bits(std::string_view dtype_name) {
  for (const SafetensorsType& type : safetensors_types) {
    if (type.name == dtype_name) return type.bits;
  }
  return std::nullopt;
}

/// The format's name of a type that weights may have.
[[nodiscard]] constexpr std::string_view safetensors_name(DType dtype) {
  constexpr std::array<std::string_view, 3> names{"F32", "BF16", "F16"};
  return names[static_cast<std::size_t>(dtype)];
}

[[nodiscard]] constexpr std::optional<DType> weight_dtype(std::string_view dtype_name) {
  for (const DType dtype : {DType::float32, DType::bfloat16, DType::float16}) {
    if (safetensors_name(dtype) == dtype_name) return dtype;
  }
  return std::nullopt;
}

/// The format's name of the elements that a C++ type can hold; empty where there is none.
template <class T>
inline constexpr std::string_view safetensors_name_of = "";
template <>
inline constexpr std::string_view safetensors_name_of<std::uint8_t> = "U8";
template <>
inline constexpr std::string_view safetensors_name_of<std::int8_t> = "I8";
template <>
inline constexpr std::string_view safetensors_name_of<std::int32_t> = "I32";
template <>
inline constexpr std::string_view safetensors_name_of<std::int64_t> = "I64";
template <>
inline constexpr std::string_view safetensors_name_of<float> = "F32";
template <>
inline constexpr std::string_view safetensors_name_of<double> = "F64";
template <>
inline constexpr std::string_view safetensors_name_of<BFloat16> = "BF16";
template <>
inline constexpr std::string_view safetensors_name_of<Float16> = "F16";

template <class T>
concept SafetensorsValue = !safetensors_name_of<T>.empty();

/// "[2, 33, 48]"
[[nodiscard]] std::string describe_shape(const std::vector<Index>& shape);

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline io {}  // namespace multipruner::inline MULTIPRUNER_ABI::inline io

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/io/tensor_info.ipp>
#endif
