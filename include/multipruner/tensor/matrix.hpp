// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <type_traits>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/sizes.hpp>
#include <multipruner/tensor/aligned_buffer.hpp>
#include <multipruner/tensor/matrix_view.hpp>
#include <multipruner/tensor/require_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline tensor {

/// A row-major matrix that owns its memory: 64-byte aligned, contiguous, not initialised.
///
/// `resize` keeps the memory when it suffices, so that a workspace that is used again does not allocate. A matrix that
/// was moved from is empty.
template <class Scalar>
class Matrix {
 public:
  Matrix() = default;
  Matrix(Index rows, Index columns) { resize(rows, columns); }

  /// Changes the shape; the contents are lost. @throws OptionError for sizes that are negative or more than any memory.
  MatrixView<Scalar> resize(Index rows, Index columns) {
    const Index size = product_of_sizes("matrix", {rows, columns});
    if (buffer_.size() < size) buffer_ = AlignedBuffer<Scalar>(size);
    rows_ = rows;
    columns_ = columns;
    return view();
  }

  [[nodiscard]] Index rows() const { return rows_; }
  [[nodiscard]] Index columns() const { return columns_; }
  [[nodiscard]] MatrixView<Scalar> view() { return {buffer_.data(), rows_, columns_}; }
  [[nodiscard]] MatrixView<const Scalar> view() const { return {buffer_.data(), rows_, columns_}; }

 private:
  AlignedBuffer<Scalar> buffer_;
  OwnedSize rows_, columns_;
};

/// A matrix of zeros. @throws OptionError as Matrix.
[[nodiscard]] inline Matrix<double> zero_matrix(Index rows, Index columns) {
  Matrix<double> zeros(rows, columns);
  std::fill_n(zeros.view().data, rows * columns, 0.0);
  return zeros;
}

/// A matrix of its own with the entries of a view. @throws OptionError for a view that cannot be one.
template <class Scalar>
[[nodiscard]] Matrix<std::remove_const_t<Scalar>> copied(const MatrixView<Scalar>& view) {
  require_view(view, "copy of a matrix", "the matrix");
  Matrix<std::remove_const_t<Scalar>> copy(view.rows, view.columns);
  for (Index row = 0; row < view.rows; ++row) std::copy_n(view.row(row), view.columns, copy.view().row(row));
  return copy;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline tensor
