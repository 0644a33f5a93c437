// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/core/linkage.hpp>
#include <multipruner/simd/detail/multiply_block.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::simd::detail {

/// The left operand of products in float32: rows as they are.
class Float32Operand {
 public:
  /// Tall, because every part packs its rows of the weight anew.
  static constexpr BlockLimits most{1024, 512};

  explicit Float32Operand(MatrixView<const float> x) : x_(x) {}

  /// output = rows first … of x · weightᵀ on one thread; as many rows as the output has.
  void multiply(Index first, const WeightView& weight, const Output& output) const {
    multiply_block(x_.row_range(first, output.y.rows), weight, output);
  }

 private:
  MatrixView<const float> x_;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::simd::detail
