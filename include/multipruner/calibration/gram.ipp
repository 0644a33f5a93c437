#pragma once

#include <utility>

#include <multipruner/calibration/gram.hpp>
#include <multipruner/core/error.hpp>
#include <multipruner/core/sizes.hpp>
#include <multipruner/simd/gram.hpp>
#include <multipruner/tensor/products.hpp>
#include <multipruner/tensor/transpose.hpp>

namespace multipruner::inline MULTIPRUNER_ABI {

MULTIPRUNER_INLINE Gram::Gram(Index columns) {
  (void)product_of_sizes("Gram matrix", {columns, columns, sizeof(double)});
  matrix_ = Eigen::MatrixXd::Zero(columns, columns);
}

MULTIPRUNER_INLINE Gram::Gram(Index count, Eigen::MatrixXd matrix) : count_(count), matrix_(std::move(matrix)) {
  if (matrix_.rows() == matrix_.cols() && count >= 0) return;
  throw DataError("Gram matrix", "it is not square, or of less than no row", "Give a matrix of inputs × inputs");
}

MULTIPRUNER_INLINE void Gram::add(MatrixView<const float> rows) {
  // Row-major on and above the diagonal is column-major on and below it.
  simd::add_gram(rows, {matrix_.data(), columns(), columns()});
  count_ += rows.rows;
  mirrored_ = false;
}

MULTIPRUNER_INLINE const Eigen::MatrixXd& Gram::matrix() const {
  if (!mirrored_) throw OptionError("Gram matrix", "only one triangle of it is known", "Call complete() first");
  return matrix_;
}

MULTIPRUNER_INLINE void Gram::complete() {
  if (std::exchange(mirrored_, true)) return;
  mirror_upper_triangle(stored_rows(matrix_));
}

MULTIPRUNER_INLINE Eigen::MatrixXd cross_gram(MatrixView<const float> a, MatrixView<const float> b) {
  Eigen::MatrixXd result = Eigen::MatrixXd::Zero(a.columns, b.columns);
  simd::add_cross_gram(b, a, stored_rows(result));  // Σ b aᵀ is the result as it is stored
  return result;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI
