// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <span>
#include <utility>

#include <multipruner/core/linkage.hpp>
#include <multipruner/tensor/dtype.hpp>
#include <multipruner/tensor/matrix_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline tensor {

/// A weight matrix (out × in) or vector (1 × n) as it is stored: read-only, of a scalar type known at run time.
///
/// The memory may be a mapped file, a buffer of an embedding program, or one of ours; a view never owns it. Like a
/// pointer, it checks nothing itself; a graph and the functions that are given one do (`require_view`). An empty view
/// (no data) stands for a tensor that the model does not have, e.g. a missing bias.
struct WeightView {
  const void* data = nullptr;
  DType dtype = DType::float32;
  Index rows = 0;
  Index columns = 0;
  Index stride = 0;  ///< elements between the starts of two rows

  constexpr WeightView() = default;
  constexpr WeightView(const void* data_, DType dtype_, Index rows_, Index columns_, Index stride_)
      : data(data_), dtype(dtype_), rows(rows_), columns(columns_), stride(stride_) {}

  /// A contiguous matrix of a scalar type known at compile time.
  template <class Scalar>
  requires(dtype_of<Scalar>.has_value()) constexpr WeightView(const Scalar* data_, Index rows_, Index columns_)
      : WeightView(data_, *dtype_of<Scalar>, rows_, columns_, columns_) {}

  [[nodiscard]] constexpr explicit operator bool() const { return data != nullptr; }
  [[nodiscard]] constexpr Index size() const { return rows * columns; }

  /// From the first to the last element, what lies between them included.
  [[nodiscard]] std::span<const std::byte> memory() const;

  [[nodiscard]] WeightView row_range(Index first, Index count) const;
  [[nodiscard]] WeightView column_range(Index first, Index count) const;

  /// Calls `f` with a MatrixView<const Scalar> of the stored scalar type.
  template <class F>
  decltype(auto) visit(F&& f) const {
    switch (dtype) {
      case DType::bfloat16:
        return std::forward<F>(f)(typed<BFloat16>());
      case DType::float16:
        return std::forward<F>(f)(typed<Float16>());
      case DType::float32:
        break;
    }
    return std::forward<F>(f)(typed<float>());
  }

 private:
  template <class Scalar>
  [[nodiscard]] MatrixView<const Scalar> typed() const {
    return {static_cast<const Scalar*>(data), rows, columns, stride};
  }
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline tensor

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/tensor/weight_view.ipp>
#endif
