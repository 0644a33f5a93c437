// SPDX-License-Identifier: MIT
#pragma once

#include <type_traits>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/types.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline tensor {

/// A row-major matrix somewhere in memory that somebody else owns. Rows are contiguous, `stride` elements apart.
///
/// This is what kernels take and give: cheap to pass by value, and a narrower view of the same memory is one call away.
/// Like a pointer, it checks nothing itself; functions that are given one do (`require_view`).
template <class Scalar>
struct MatrixView {
  Scalar* data = nullptr;
  Index rows = 0;
  Index columns = 0;
  Index stride = 0;

  constexpr MatrixView() = default;
  constexpr MatrixView(Scalar* data_, Index rows_, Index columns_, Index stride_)
      : data(data_), rows(rows_), columns(columns_), stride(stride_) {}
  constexpr MatrixView(Scalar* data_, Index rows_, Index columns_) : MatrixView(data_, rows_, columns_, columns_) {}

  [[nodiscard]] constexpr Scalar* row(Index i) const { return data + i * stride; }

  /// Parts of a view without memory, which has no elements, have none either.
  [[nodiscard]] constexpr MatrixView row_range(Index first, Index count) const {
    return {data == nullptr ? data : row(first), count, columns, stride};
  }
  [[nodiscard]] constexpr MatrixView column_range(Index first, Index count) const {
    return {data == nullptr ? data : data + first, rows, count, stride};
  }

  /// A view for writing is a view for reading.
  constexpr operator MatrixView<const Scalar>() const requires(!std::is_const_v<Scalar>) {
    return {data, rows, columns, stride};
  }
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline tensor
