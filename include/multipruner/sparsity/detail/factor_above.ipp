// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/sparsity/detail/factor_above.hpp>
#include <multipruner/sparsity/detail/tiles.hpp>
#include <multipruner/tensor/cholesky.hpp>
#include <multipruner/tensor/diagonal.hpp>
#include <multipruner/tensor/eigen.hpp>
#include <multipruner/tensor/triangular.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

MULTIPRUNER_INLINE bool factor_above(MatrixView<double> matrix, double smallest_pivot) {
  const Eigen::VectorXd diagonal = as_eigen(matrix).diagonal();
  return multipruner::factor_in_place(matrix) &&
         (as_eigen(matrix).diagonal().array().square() >= smallest_pivot * diagonal.array()).all();
}

MULTIPRUNER_INLINE Matrix<double> reversed_inverse(MatrixView<const double> u) {
  const Index n = u.rows;
  Matrix<double> result = zero_matrix(n, n);
  for_each_tile(n, [&](Index first, Index size) {
    const Index rows = n - first;
    Matrix<double> columns = identity_matrix(size, rows);  // of the inverse, each in a row
    solve_rows(u.row_range(first, rows).column_range(first, rows), columns.view());
    as_eigen(result.view()).block(0, rows - size, rows, size) = as_eigen(columns.view()).transpose().reverse();
  });
  return result;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
