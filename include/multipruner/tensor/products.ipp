// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/tensor/eigen.hpp>
#include <multipruner/tensor/products.hpp>
#include <multipruner/tensor/require_view.hpp>

// All products of large matrices of doubles go through these two: compilers take half a second for every other pair of
// types that Eigen multiplies.
namespace multipruner::inline MULTIPRUNER_ABI::inline tensor {

MULTIPRUNER_INLINE void add_product(MatrixView<double> result, double scale, MatrixView<const double> a,
                                    MatrixView<const double> b) {
  require_view(a, "add_product", "a");
  require_shape(b, a.columns, b.columns, "add_product", "b");
  require_shape(result, a.rows, b.columns, "add_product", "the result");
  as_eigen(result).noalias() += scale * as_eigen(a) * as_eigen(b);
}

MULTIPRUNER_INLINE void add_product_of_rows(MatrixView<double> result, double scale, MatrixView<const double> a,
                                            MatrixView<const double> b) {
  require_view(a, "add_product_of_rows", "a");
  require_shape(b, b.rows, a.columns, "add_product_of_rows", "b");
  require_shape(result, a.rows, b.rows, "add_product_of_rows", "the result");
  as_eigen(result).noalias() += scale * as_eigen(a) * as_eigen(b).transpose();
}

MULTIPRUNER_INLINE Matrix<double> product(MatrixView<const double> a, MatrixView<const double> b) {
  Matrix<double> result = zero_matrix(a.rows, b.columns);
  add_product(result.view(), 1, a, b);
  return result;
}

MULTIPRUNER_INLINE Matrix<double> product_of_rows(MatrixView<const double> a, MatrixView<const double> b) {
  Matrix<double> result = zero_matrix(a.rows, b.rows);
  add_product_of_rows(result.view(), 1, a, b);
  return result;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline tensor
