#pragma once

#include <multipruner/sparsity/detail/cholesky.hpp>
#include <multipruner/sparsity/detail/tiles.hpp>
#include <multipruner/tensor/products.hpp>
#include <multipruner/tensor/triangular.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

MULTIPRUNER_INLINE bool factor_in_place(Eigen::MatrixXd& matrix, double smallest_pivot) {
  const Eigen::VectorXd diagonal = matrix.diagonal();
  return multipruner::factor_in_place(stored_rows(matrix)) &&
         (matrix.diagonal().array().square() >= smallest_pivot * diagonal.array()).all();
}

MULTIPRUNER_INLINE WeightMatrix reversed_inverse(const Eigen::MatrixXd& lower) {
  const Index n = lower.rows();
  WeightMatrix result = WeightMatrix::Zero(n, n);
  for_each_tile(n, [&](Index first, Index size) {
    const Index rows = n - first;
    WeightMatrix columns = WeightMatrix::Identity(size, rows);  // of the inverse, each in a row
    solve_rows(stored_rows(lower).row_range(first, rows).column_range(first, rows), stored_rows(columns));
    result.block(0, rows - size, rows, size) = columns.transpose().reverse();
  });
  return result;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
