#pragma once

#include <multipruner/simd/convert.hpp>
#include <multipruner/simd/detail/multiply_block.hpp>
#include <multipruner/tensor/matrix.hpp>

namespace multipruner::simd::detail {

/// The left operand of products in bfloat16 where the processor has no instruction for them: rows rounded to bfloat16
/// and multiplied in float32, in which products of bfloat16 are exact.
class BFloat16Operand {
 public:
  explicit BFloat16Operand(MatrixView<const float> x) : rounded_(x.rows, x.columns) {
    parallel_rows(x.rows, x.columns, [&](Index first, Index count) {
      for (Index i = first; i < first + count; ++i) round_row(x.row(i), x.columns, rounded_.view().row(i));
    });
  }

  /// output = rows first … of x · weightᵀ on one thread; as many rows as the output has.
  void multiply(Index first, const WeightView& weight, const Output& output) const {
    const auto rows = rounded_.view().row_range(first, output.y.rows);
    if (weight.dtype == DType::bfloat16) return multiply_block(rows, weight, output);
    Matrix<BFloat16> narrow_weight(weight.rows, weight.columns);
    narrow_rows(weight, narrow_weight.view());
    multiply_block(rows, {narrow_weight.view().data, weight.rows, weight.columns}, output);
  }

  /// A stored weight rounded to bfloat16, on one thread.
  static void narrow_rows(const WeightView& weight, MatrixView<BFloat16> target) {
    weight.visit([&](auto stored) {
      for (Index i = 0; i < stored.rows; ++i) {
        for (Index k = 0; k < stored.columns; ++k)
          target.row(i)[k] = narrow<BFloat16>(multipruner::to_float(stored.row(i)[k]));
      }
    });
  }

 private:
  static void round_row(const float* source, Index count, float* target) {
    for (Index k = 0; k < count; ++k) target[k] = multipruner::to_float(narrow<BFloat16>(source[k]));
  }

  Matrix<float> rounded_;
};

}  // namespace multipruner::simd::detail
