#pragma once

#include <Eigen/Core>

#include <multipruner/sparsity/detail/tiles.hpp>
#include <multipruner/sparsity/weight_matrix.hpp>
#include <multipruner/tensor/cholesky.hpp>
#include <multipruner/tensor/triangular.hpp>

namespace multipruner::detail {

/// Lower Cholesky factor of a symmetric matrix, in place, on one thread; leaves garbage above the diagonal.
/// @param smallest_pivot relative to the diagonal entry that it came from: below it, little but rounding errors is left
/// @returns false where the matrix is not positive definite, or has a smaller pivot.
[[nodiscard]] inline bool factor_in_place(Eigen::MatrixXd& matrix, double smallest_pivot = 0) {
  const Eigen::VectorXd diagonal = matrix.diagonal();
  return multipruner::factor_in_place(stored_rows(matrix)) &&
         (matrix.diagonal().array().square() >= smallest_pivot * diagonal.array()).all();
}

/// The inverse of a lower triangular matrix with its rows and its columns in reverse order, which is upper triangular.
/// n³/3 multiplications and additions, in parallel.
[[nodiscard]] inline WeightMatrix reversed_inverse(const Eigen::MatrixXd& lower) {
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

}  // namespace multipruner::detail
