// SPDX-License-Identifier: MIT
#pragma once

#include <span>

#include <Eigen/Core>

#include <multipruner/core/linkage.hpp>
#include <multipruner/tensor/matrix_view.hpp>

/// Between our matrices and Eigen's, which share their memory: for files of bodies, and for users who compute with
/// Eigen.
namespace multipruner::inline MULTIPRUNER_ABI::inline tensor {

using RowMajorMatrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

[[nodiscard]] inline Eigen::Map<RowMajorMatrix, 0, Eigen::OuterStride<>> as_eigen(MatrixView<double> view) {
  return {view.data, view.rows, view.columns, Eigen::OuterStride<>(view.stride)};
}

[[nodiscard]] inline Eigen::Map<const RowMajorMatrix, 0, Eigen::OuterStride<>> as_eigen(MatrixView<const double> view) {
  return {view.data, view.rows, view.columns, Eigen::OuterStride<>(view.stride)};
}

[[nodiscard]] inline Eigen::Map<const Eigen::VectorXd> as_eigen(std::span<const double> values) {
  return {values.data(), static_cast<Index>(values.size())};
}

/// The memory of an Eigen matrix: its rows where it is row-major, its columns where it is column-major. To functions on
/// views, a column-major matrix is so its transpose, and a symmetric one itself.
template <class Matrix>
[[nodiscard]] auto stored_rows(Matrix& matrix) {
  static_assert(Matrix::InnerStrideAtCompileTime == 1,
                "stored_rows: the entries of a row, or column, must be neighbours");
  return MatrixView(matrix.data(), matrix.outerSize(), matrix.innerSize(), matrix.outerStride());
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline tensor
