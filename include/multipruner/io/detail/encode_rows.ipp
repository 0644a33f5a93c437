// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstdint>

#include <multipruner/core/error.hpp>
#include <multipruner/core/parallel.hpp>
#include <multipruner/io/detail/encode_rows.hpp>
#include <multipruner/simd/detail/narrow.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// Neither an infinity nor a NaN, in which the exponent is all ones.
[[nodiscard]] constexpr bool is_number(float value) {
  return (std::bit_cast<std::uint32_t>(value) & 0x7f800000u) != 0x7f800000u;
}

// A row each; false where the type cannot hold a value.

[[nodiscard]] inline bool encode_row(const float* row, Index columns, float* target) {
  std::copy_n(row, columns, target);
  return true;
}

/// The bits of the least magnitude that rounds to infinity: half a step above the largest value.
template <class Scalar>
inline constexpr std::uint32_t first_lost = 0;
template <>
inline constexpr std::uint32_t first_lost<Float16> = 0x477ff000u;
template <>
inline constexpr std::uint32_t first_lost<BFloat16> = 0x7f7f8000u;

template <class Scalar>
[[nodiscard]] bool encode_row(const float* row, Index columns, Scalar* target) {
  std::uint32_t lost = 0;  // without a branch, so that compilers vectorise the loop
  for (Index j = 0; j < columns; ++j) {
    const std::uint32_t magnitude = std::bit_cast<std::uint32_t>(row[j]) & 0x7fffffffu;
    lost |= static_cast<std::uint32_t>(magnitude >= first_lost<Scalar>) &
            static_cast<std::uint32_t>(magnitude < 0x7f800000u);
    target[j] = simd::detail::narrow<Scalar>(row[j]);
  }
  return lost == 0;
}

/// A block of Q8_0.
struct Q8Block {
  static constexpr Index values = 32;
  Float16 scale;
  std::int8_t quants[values];
};
static_assert(sizeof(Q8Block) == 34);

/// Rounds half away from zero. Written without std::round, which compilers make a call a value.
[[nodiscard]] inline std::int8_t round_quant(float value) {
  const auto whole = static_cast<std::int32_t>(value);
  const float rest = value - static_cast<float>(whole);
  return static_cast<std::int8_t>(whole + static_cast<std::int32_t>(rest >= 0.5f) -
                                  static_cast<std::int32_t>(rest <= -0.5f));
}

[[nodiscard]] inline bool encode_block(const float* values, Q8Block& block) {
  std::uint32_t largest = 0;  // as bits, which order magnitudes as floats do, and NaN above all
  for (Index j = 0; j < Q8Block::values; ++j) {
    largest = std::max(largest, std::bit_cast<std::uint32_t>(values[j]) & 0x7fffffffu);
  }
  const float scale = std::bit_cast<float>(largest) / 127.0f;
  block.scale = simd::detail::narrow<Float16>(scale);
  if (!is_number(to_float(block.scale))) return false;
  // The inverse of 0 and of the smallest scales is infinite. Their float16 is 0, and so are all values.
  const float inverse = is_number(1.0f / scale) ? 1.0f / scale : 0.0f;
  for (Index j = 0; j < Q8Block::values; ++j) block.quants[j] = round_quant(values[j] * inverse);
  return true;
}

[[nodiscard]] inline bool encode_row(const float* row, Index columns, Q8Block* target) {
  bool fits = true;
  for (Index j = 0; j < columns; j += Q8Block::values) fits = encode_block(row + j, *target++) && fits;
  return fits;
}

MULTIPRUNER_INLINE void encode_rows(MatrixView<const float> rows, GgufType type, std::span<std::byte> target,
                                    const std::string& where) {
  const Index bytes = row_bytes(type, rows.columns);
  std::atomic<bool> fits = true;
  const auto encode_as = [&]<class Element>(Element*) {
    constexpr Index values_of_a_task = 1 << 14;
    const Index task_rows = std::max(values_of_a_task / rows.columns, Index{1});
    parallel_for((rows.rows + task_rows - 1) / task_rows, [&](Index task) {
      for (Index i = task * task_rows; i < std::min(rows.rows, (task + 1) * task_rows); ++i) {
        if (!encode_row(rows.row(i), rows.columns, reinterpret_cast<Element*>(target.data() + i * bytes))) fits = false;
      }
    });
  };
  switch (type) {
    case GgufType::f16:
      encode_as(static_cast<Float16*>(nullptr));
      break;
    case GgufType::bf16:
      encode_as(static_cast<BFloat16*>(nullptr));
      break;
    case GgufType::q8_0:
      encode_as(static_cast<Q8Block*>(nullptr));
      break;
    default:
      encode_as(static_cast<float*>(nullptr));
  }
  if (fits) return;
  throw DataError(where, "has a value that " + std::string(name_of(type)) + " cannot hold",
                  "Choose F32 or BF16, or check the weights for values that are not finite");
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
