// SPDX-License-Identifier: MIT
#pragma once

#include <utility>

#include <multipruner/calibration/gram.hpp>
#include <multipruner/core/error.hpp>
#include <multipruner/core/sizes.hpp>
#include <multipruner/simd/add_gram.hpp>
#include <multipruner/tensor/transpose.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline calibration {

MULTIPRUNER_INLINE Gram::Gram(Index columns) {
  (void)product_of_sizes("Gram matrix", {columns, columns, sizeof(double)});
  matrix_ = zero_matrix(columns, columns);
}

MULTIPRUNER_INLINE Gram::Gram(Index count, Matrix<double> matrix) : count_(count), matrix_(std::move(matrix)) {
  if (matrix_.rows() == matrix_.columns() && count >= 0) return;
  throw DataError("Gram matrix", "it is not square, or of less than no row", "Give a matrix of inputs × inputs");
}

MULTIPRUNER_INLINE void Gram::add(MatrixView<const float> rows) {
  simd::add_gram(rows, matrix_.view());
  count_ += rows.rows;
  mirrored_ = false;
}

MULTIPRUNER_INLINE MatrixView<const double> Gram::matrix() const {
  if (!mirrored_) throw OptionError("Gram matrix", "only one triangle of it is known", "Call complete() first");
  return matrix_.view();
}

MULTIPRUNER_INLINE void Gram::complete() {
  if (std::exchange(mirrored_, true)) return;
  mirror_upper_triangle(matrix_.view());
}

MULTIPRUNER_INLINE Matrix<double> cross_gram(MatrixView<const float> a, MatrixView<const float> b) {
  Matrix<double> result = zero_matrix(a.columns, b.columns);
  simd::add_cross_gram(a, b, result.view());
  return result;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline calibration
