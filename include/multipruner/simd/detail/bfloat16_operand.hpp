// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>

#include <multipruner/core/linkage.hpp>
#include <multipruner/simd/convert.hpp>
#include <multipruner/simd/detail/multiply_block.hpp>
#include <multipruner/simd/detail/narrow.hpp>
#include <multipruner/simd/detail/parallel_rows.hpp>
#include <multipruner/tensor/aligned_buffer.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::simd::detail {

/// The left operand of products in bfloat16 where the processor has no instruction for them: rows rounded to bfloat16
/// and multiplied in float32, in which products of bfloat16 are exact.
class BFloat16Operand {
 public:
  /// Tall, because every part packs its rows of the weight anew.
  static constexpr BlockLimits most{1024, 512};

  explicit BFloat16Operand(MatrixView<const float> x)
      : memory_(x.rows * x.columns), rounded_(memory_.data(), x.rows, x.columns) {
    parallel_rows(x.rows, x.columns, [&](Index first, Index count) {
      for (Index i = first; i < first + count; ++i) {
        std::transform(x.row(i), x.row(i) + x.columns, rounded_.row(i),
                       [](float value) { return multipruner::to_float(narrow<BFloat16>(value)); });
      }
    });
  }

  /// output = rows first … of x · weightᵀ on one thread; as many rows as the output has.
  void multiply(Index first, const WeightView& weight, const Output& output) const {
    const auto rows = rounded_.row_range(first, output.y.rows);
    if (weight.dtype == DType::bfloat16) return multiply_block(rows, weight, output);
    const AlignedBuffer<BFloat16> narrow_weight(weight.size());
    narrow_rows(weight, {narrow_weight.data(), weight.rows, weight.columns});
    multiply_block(rows, {narrow_weight.data(), weight.rows, weight.columns}, output);
  }

 private:
  /// A stored weight rounded to bfloat16, on one thread.
  static void narrow_rows(const WeightView& weight, MatrixView<BFloat16> target) {
    weight.visit([&](auto stored) {
      for (Index i = 0; i < stored.rows; ++i) {
        for (Index k = 0; k < stored.columns; ++k)
          target.row(i)[k] = narrow<BFloat16>(multipruner::to_float(stored.row(i)[k]));
      }
    });
  }

  AlignedBuffer<float> memory_;
  MatrixView<float> rounded_;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::simd::detail
