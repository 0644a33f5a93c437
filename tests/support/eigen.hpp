// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include <Eigen/Core>

#include <multipruner/sparsity/weight_matrix.hpp>
#include <multipruner/tensor/eigen.hpp>
#include <multipruner/tensor/matrix.hpp>

/// Matrices of ours as Eigen's, in which tests compute what they expect, and back. All are copies.
namespace multipruner::test {

using RowMajor = RowMajorMatrix;

[[nodiscard]] inline RowMajor to_eigen(MatrixView<const double> view) {
  return as_eigen(view);
}

[[nodiscard]] inline RowMajor to_eigen(const Matrix<double>& matrix) {
  return as_eigen(matrix.view());
}

[[nodiscard]] inline RowMajor to_eigen(const WeightView& weight) {
  return to_eigen(to_weight_matrix(weight));
}

[[nodiscard]] inline Eigen::VectorXd to_eigen(const std::vector<double>& values) {
  return as_eigen(values);
}

template <class Derived>
[[nodiscard]] typename Derived::PlainObject to_eigen(const Eigen::MatrixBase<Derived>& expression) {
  return expression;
}

template <class Derived>
[[nodiscard]] Matrix<double> from_eigen(const Eigen::MatrixBase<Derived>& expression) {
  Matrix<double> matrix(expression.rows(), expression.cols());
  as_eigen(matrix.view()) = expression;
  return matrix;
}

}  // namespace multipruner::test
