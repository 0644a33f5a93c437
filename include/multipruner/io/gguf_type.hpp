// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/types.hpp>
#include <multipruner/tensor/dtype.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline io {

/// The types of tensors in GGUF files, by the numbers that stand there. Quantised ones pack rows in blocks of 32 to 256
/// values. Source: `ggml_type` of github.com/ggml-org/ggml.
enum class GgufType : std::uint32_t {
  f32 = 0,
  f16 = 1,
  q4_0 = 2,
  q4_1 = 3,
  q5_0 = 6,
  q5_1 = 7,
  q8_0 = 8,
  q8_1 = 9,
  q2_k = 10,
  q3_k = 11,
  q4_k = 12,
  q5_k = 13,
  q6_k = 14,
  q8_k = 15,
  iq2_xxs = 16,
  iq2_xs = 17,
  iq3_xxs = 18,
  iq1_s = 19,
  iq4_nl = 20,
  iq3_s = 21,
  iq2_s = 22,
  iq4_xs = 23,
  i8 = 24,
  i16 = 25,
  i32 = 26,
  i64 = 27,
  f64 = 28,
  iq1_m = 29,
  bf16 = 30,
  tq1_0 = 34,
  tq2_0 = 35,
  mxfp4 = 39,
  nvfp4 = 40,
  q1_0 = 41,
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline io

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// How a type lays out its values.
struct GgufTypeTraits {
  GgufType type;
  std::string_view name;
  Index block_values;  ///< values of a block; rows are whole blocks
  Index block_bytes;
};

/// Every type of the format.
inline constexpr std::array<GgufTypeTraits, 34> gguf_types{{
    {GgufType::f32, "F32", 1, 4},
    {GgufType::f16, "F16", 1, 2},
    {GgufType::q4_0, "Q4_0", 32, 18},
    {GgufType::q4_1, "Q4_1", 32, 20},
    {GgufType::q5_0, "Q5_0", 32, 22},
    {GgufType::q5_1, "Q5_1", 32, 24},
    {GgufType::q8_0, "Q8_0", 32, 34},
    {GgufType::q8_1, "Q8_1", 32, 40},
    {GgufType::q2_k, "Q2_K", 256, 84},
    {GgufType::q3_k, "Q3_K", 256, 110},
    {GgufType::q4_k, "Q4_K", 256, 144},
    {GgufType::q5_k, "Q5_K", 256, 176},
    {GgufType::q6_k, "Q6_K", 256, 210},
    {GgufType::q8_k, "Q8_K", 256, 292},
    {GgufType::iq2_xxs, "IQ2_XXS", 256, 66},
    {GgufType::iq2_xs, "IQ2_XS", 256, 74},
    {GgufType::iq3_xxs, "IQ3_XXS", 256, 98},
    {GgufType::iq1_s, "IQ1_S", 256, 50},
    {GgufType::iq4_nl, "IQ4_NL", 32, 18},
    {GgufType::iq3_s, "IQ3_S", 256, 110},
    {GgufType::iq2_s, "IQ2_S", 256, 82},
    {GgufType::iq4_xs, "IQ4_XS", 256, 136},
    {GgufType::i8, "I8", 1, 1},
    {GgufType::i16, "I16", 1, 2},
    {GgufType::i32, "I32", 1, 4},
    {GgufType::i64, "I64", 1, 8},
    {GgufType::f64, "F64", 1, 8},
    {GgufType::iq1_m, "IQ1_M", 256, 56},
    {GgufType::bf16, "BF16", 1, 2},
    {GgufType::tq1_0, "TQ1_0", 256, 54},
    {GgufType::tq2_0, "TQ2_0", 256, 66},
    {GgufType::mxfp4, "MXFP4", 32, 17},
    {GgufType::nvfp4, "NVFP4", 64, 36},
    {GgufType::q1_0, "Q1_0", 128, 18},
}};

/// Null where the format has no type of that number.
[[nodiscard]] constexpr const GgufTypeTraits* find_gguf_type(std::uint32_t number) {
  for (const GgufTypeTraits& traits : gguf_types) {
    if (static_cast<std::uint32_t>(traits.type) == number) return &traits;
  }
  return nullptr;
}

[[nodiscard]] constexpr const GgufTypeTraits& traits_of(GgufType type) {
  return *find_gguf_type(static_cast<std::uint32_t>(type));
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline io {

/// The format's name, e.g. "Q4_K".
[[nodiscard]] constexpr std::string_view name_of(GgufType type) {
  return detail::traits_of(type).name;
}

/// The scalar type whose values a tensor of the type is made of, so that it can be viewed where it lies; nothing for
/// all others.
[[nodiscard]] constexpr std::optional<DType> dtype_of_gguf(GgufType type) {
  switch (type) {
    case GgufType::f32:
      return DType::float32;
    case GgufType::f16:
      return DType::float16;
    case GgufType::bf16:
      return DType::bfloat16;
    default:
      return std::nullopt;
  }
}

/// Bytes of a row.
/// @throws OptionError where the row is not a whole number of the type's blocks, or more than any memory.
[[nodiscard]] Index row_bytes(GgufType type, Index columns);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline io

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/io/gguf_type.ipp>
#endif
