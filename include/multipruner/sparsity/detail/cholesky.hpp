#pragma once

#include <Eigen/Cholesky>
#include <Eigen/Core>

#include <multipruner/sparsity/detail/tiles.hpp>
#include <multipruner/sparsity/weight_matrix.hpp>

namespace multipruner::detail {

/// Lower Cholesky factor of a small matrix, in place; reads and writes only its lower triangle.
/// @param smallest_pivot relative to the diagonal entry that it came from: below it, little but rounding errors is left
/// @returns false where the matrix is not positive definite, or has a smaller pivot.
template <class Matrix>
[[nodiscard]] bool factor_in_place(Eigen::Ref<Matrix> matrix, double smallest_pivot = 0) {
  const Eigen::VectorXd diagonal = matrix.diagonal();
  const Eigen::LLT<Eigen::Ref<Matrix>> cholesky(matrix);
  // Eigen looks for pivots that are not positive, and NaN is none of those.
  return cholesky.info() == Eigen::Success &&
         (matrix.diagonal().array().square() >= smallest_pivot * diagonal.array()).all();
}

/// Lower Cholesky factor of a large matrix, in place, in parallel; reads only the lower triangle, and leaves garbage
/// above it. n³/3 multiplications and additions.
/// @returns false where the matrix is not positive definite, to rounding.
[[nodiscard]] inline bool parallel_factor_in_place(WeightMatrix& matrix) {
  const Index n = matrix.rows();
  for (Index first = 0; first < n; first += tile_rows) {
    const Index size = std::min(tile_rows, n - first);
    const Index end = first + size;
    auto diagonal = matrix.block(first, first, size, size);
    if (!factor_in_place<WeightMatrix>(diagonal)) return false;

    for_each_tile(n - end, [&](Index tile, Index rows) {
      auto panel = matrix.block(end + tile, first, rows, size);
      diagonal.transpose().triangularView<Eigen::Upper>().solveInPlace<Eigen::OnTheRight>(panel);
    });
    for_each_tile(n - end, [&](Index tile, Index rows) {
      const Index columns = tile + rows;
      matrix.block(end + tile, end, rows, columns).noalias() -=
          matrix.block(end + tile, first, rows, size) * matrix.block(end, first, columns, size).transpose();
    });
  }
  return true;
}

/// The inverse of a lower triangular matrix with its rows and its columns in reverse order, which is upper triangular.
/// n³/3 multiplications and additions, in parallel.
[[nodiscard]] inline WeightMatrix reversed_inverse(const WeightMatrix& lower) {
  const Index n = lower.rows();
  WeightMatrix result = WeightMatrix::Zero(n, n);
  for_each_tile(n, [&](Index first, Index size) {
    const Index rows = n - first;
    WeightMatrix columns = WeightMatrix::Identity(rows, size);
    lower.bottomRightCorner(rows, rows).triangularView<Eigen::Lower>().solveInPlace(columns);
    result.block(0, n - first - size, rows, size) = columns.reverse();
  });
  return result;
}

}  // namespace multipruner::detail
