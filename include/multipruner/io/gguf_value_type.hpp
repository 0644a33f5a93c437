// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/types.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline io {

/// The types of values that keys of GGUF files have, by the numbers that stand there. Source: `gguf_type` of
/// github.com/ggml-org/ggml.
enum class GgufValueType : std::uint32_t {
  uint8,
  int8,
  uint16,
  int16,
  uint32,
  int32,
  float32,
  boolean,
  string,
  array,
  uint64,
  int64,
  float64,
};

/// "u8", "i32", "f64", "bool", "string", "array"
[[nodiscard]] constexpr std::string_view name_of(GgufValueType type) {
  constexpr std::array<std::string_view, 13> names{"u8",   "i8",     "u16",   "i16", "u32", "i32", "f32",
                                                   "bool", "string", "array", "u64", "i64", "f64"};
  return names[static_cast<std::size_t>(type)];
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline io

namespace multipruner::inline MULTIPRUNER_ABI::detail {

inline constexpr std::uint32_t gguf_value_types = 13;

/// Bytes of a value; 0 for strings and arrays, which have lengths of their own.
[[nodiscard]] constexpr Index bytes_of(GgufValueType type) {
  constexpr std::array<Index, gguf_value_types> sizes{1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};
  return sizes[static_cast<std::size_t>(type)];
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
