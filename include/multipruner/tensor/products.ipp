#pragma once

#include <algorithm>

#include <multipruner/tensor/products.hpp>
#include <multipruner/tensor/require_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// All products of large matrices of doubles go through these two types: compilers take half a second for every other
/// pair that Eigen multiplies.
using ProductOperand =
    Eigen::Map<const Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>, 0, Eigen::OuterStride<>>;

using ProductResult =
    Eigen::Map<Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>, 0, Eigen::OuterStride<>>;

inline ProductOperand operand(MatrixView<const double> view) {
  return {view.data, view.rows, view.columns, Eigen::OuterStride<>(view.stride)};
}

inline ProductResult product_result(MatrixView<double> view) {
  return {view.data, view.rows, view.columns, Eigen::OuterStride<>(view.stride)};
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI {

MULTIPRUNER_INLINE void add_product(MatrixView<double> result, double scale, MatrixView<const double> a,
                                    MatrixView<const double> b) {
  require_view(a, "add_product", "a");
  require_shape(b, a.columns, b.columns, "add_product", "b");
  require_shape(result, a.rows, b.columns, "add_product", "the result");
  detail::product_result(result).noalias() += scale * detail::operand(a) * detail::operand(b);
}

MULTIPRUNER_INLINE void add_product_of_rows(MatrixView<double> result, double scale, MatrixView<const double> a,
                                            MatrixView<const double> b) {
  require_view(a, "add_product_of_rows", "a");
  require_shape(b, b.rows, a.columns, "add_product_of_rows", "b");
  require_shape(result, a.rows, b.rows, "add_product_of_rows", "the result");
  detail::product_result(result).noalias() += scale * detail::operand(a) * detail::operand(b).transpose();
}

MULTIPRUNER_INLINE Matrix<double> product(MatrixView<const double> a, MatrixView<const double> b) {
  Matrix<double> result(a.rows, b.columns);
  std::fill_n(result.view().data, a.rows * b.columns, 0.0);
  add_product(result.view(), 1, a, b);
  return result;
}

MULTIPRUNER_INLINE Matrix<double> product_of_rows(MatrixView<const double> a, MatrixView<const double> b) {
  Matrix<double> result(a.rows, b.rows);
  std::fill_n(result.view().data, a.rows * b.rows, 0.0);
  add_product_of_rows(result.view(), 1, a, b);
  return result;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI
