// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>

#include <multipruner/core/error.hpp>
#include <multipruner/core/parallel.hpp>
#include <multipruner/core/sizes.hpp>
#include <multipruner/io/dequantize.hpp>
#include <multipruner/io/detail/quantized_blocks.hpp>
#include <multipruner/simd/convert.hpp>
#include <multipruner/tensor/require_view.hpp>
#include <multipruner/tensor/weight_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// Computes so many values, which are whole blocks.
using ExpandValues = void (*)(const std::byte* source, Index count, float* target);

template <class Block>
void expand_blocks(const std::byte* source, Index count, float* target) {
  const auto* block = reinterpret_cast<const std::uint8_t*>(source);
  for (Index i = 0; i < count; i += Block::values, block += Block::bytes) Block::expand(block, target + i);
}

template <class Scalar>
void widen_values(const std::byte* source, Index count, float* target) {
  simd::to_float(WeightView(reinterpret_cast<const Scalar*>(source), 1, count), MatrixView<float>(target, 1, count));
}

/// Null where the type is none that is dequantised.
[[nodiscard]] inline ExpandValues expansion_of(GgufType type) {
  switch (type) {
    case GgufType::f32:
      return widen_values<float>;
    case GgufType::f16:
      return widen_values<Float16>;
    case GgufType::bf16:
      return widen_values<BFloat16>;
    case GgufType::q4_0:
      return expand_blocks<BlockQ4_0>;
    case GgufType::q4_1:
      return expand_blocks<BlockQ4_1>;
    case GgufType::q5_0:
      return expand_blocks<BlockQ5_0>;
    case GgufType::q5_1:
      return expand_blocks<BlockQ5_1>;
    case GgufType::q8_0:
      return expand_blocks<BlockQ8_0>;
    case GgufType::q2_k:
      return expand_blocks<BlockQ2K>;
    case GgufType::q3_k:
      return expand_blocks<BlockQ3K>;
    case GgufType::q4_k:
      return expand_blocks<BlockQ4K>;
    case GgufType::q5_k:
      return expand_blocks<BlockQ5K>;
    case GgufType::q6_k:
      return expand_blocks<BlockQ6K>;
    case GgufType::iq4_nl:
      return expand_blocks<BlockIQ4NL>;
    case GgufType::iq4_xs:
      return expand_blocks<BlockIQ4XS>;
    default:
      return nullptr;
  }
}

inline void expand_row(ExpandValues expand, GgufType, const std::byte* source, MatrixView<float> row) {
  expand(source, row.columns, row.data);
}

/// By way of a buffer that stays in the cache.
inline void expand_row(ExpandValues expand, GgufType type, const std::byte* source, MatrixView<BFloat16> row) {
  constexpr Index values_at_a_time = 2048;  // whole blocks of every type
  alignas(64) std::array<float, values_at_a_time> wide;
  for (Index first = 0; first < row.columns; first += values_at_a_time) {
    const Index count = std::min(values_at_a_time, row.columns - first);
    expand(source + row_bytes(type, first), count, wide.data());
    simd::from_float({wide.data(), static_cast<std::size_t>(count)}, DType::bfloat16, row.data + first);
  }
}

template <class Scalar>
void dequantize_rows(GgufType type, std::span<const std::byte> data, MatrixView<Scalar> target,
                     const std::string& where) {
  const ExpandValues expand = expansion_of(type);
  if (expand == nullptr) {
    throw UnsupportedError(where, "is " + std::string(name_of(type)) + ", which cannot be dequantised here",
                           "Get the model in another quantisation, e.g. Q4_K_M, Q8_0 or BF16");
  }
  require_view(target, "dequantize", "the target");
  const Index bytes = row_bytes(type, target.columns);
  if (static_cast<Index>(data.size()) != product_of_sizes("tensor", {target.rows, bytes})) {
    throw OptionError(where,
                      "has " + std::to_string(data.size()) + " bytes, which are no " + std::to_string(target.rows) +
                          " × " + std::to_string(target.columns) + " values in " + std::string(name_of(type)),
                      "Pass a target of the tensor's shape");
  }
  if (data.empty()) return;
  constexpr Index values_of_a_task = 1 << 16;
  const Index task_rows = std::max(values_of_a_task / target.columns, Index{1});
  parallel_for((target.rows + task_rows - 1) / task_rows, [&](Index task) {
    for (Index i = task * task_rows; i < std::min(target.rows, (task + 1) * task_rows); ++i) {
      expand_row(expand, type, data.data() + i * bytes, target.row_range(i, 1));
    }
  });
}

/// A tensor with as many rows and columns as the target.
template <class Scalar>
void dequantize_tensor(const GgufTensorInfo& tensor, MatrixView<Scalar> target) {
  const std::string where = "tensor " + tensor.name;
  require_shape(target, tensor.rows(), tensor.columns(), "dequantize", "the target");
  dequantize_rows(tensor.type, tensor.data, target, where);
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline io {

MULTIPRUNER_INLINE bool is_dequantizable(GgufType type) {
  return detail::expansion_of(type) != nullptr;
}

MULTIPRUNER_INLINE void dequantize(GgufType type, std::span<const std::byte> data, MatrixView<float> target) {
  detail::dequantize_rows(type, data, target, "dequantize");
}

MULTIPRUNER_INLINE void dequantize(GgufType type, std::span<const std::byte> data, MatrixView<BFloat16> target) {
  detail::dequantize_rows(type, data, target, "dequantize");
}

MULTIPRUNER_INLINE void dequantize(const GgufTensorInfo& tensor, MatrixView<float> target) {
  detail::dequantize_tensor(tensor, target);
}

MULTIPRUNER_INLINE void dequantize(const GgufTensorInfo& tensor, MatrixView<BFloat16> target) {
  detail::dequantize_tensor(tensor, target);
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline io
