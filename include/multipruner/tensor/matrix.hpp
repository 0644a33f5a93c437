#pragma once

#include <multipruner/tensor/aligned_buffer.hpp>
#include <multipruner/tensor/matrix_view.hpp>

namespace multipruner {

/// A row-major matrix that owns its memory: 64-byte aligned, contiguous, not initialised.
///
/// `resize` keeps the memory when it suffices, so that a workspace that is used again does not allocate.
template <class Scalar>
class Matrix {
 public:
  Matrix() = default;
  Matrix(Index rows, Index columns) { resize(rows, columns); }

  /// Changes the shape; the contents are lost.
  MatrixView<Scalar> resize(Index rows, Index columns) {
    if (buffer_.size() < rows * columns) buffer_ = AlignedBuffer<Scalar>(rows * columns);
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
  Index rows_ = 0;
  Index columns_ = 0;
};

}  // namespace multipruner
