// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>

#include <multipruner/tensor/diagonal.hpp>
#include <multipruner/tensor/require_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline tensor {

MULTIPRUNER_INLINE double mean_of_diagonal(MatrixView<const double> matrix) {
  require_view(matrix, "mean_of_diagonal", "the matrix");
  const Index size = std::min(matrix.rows, matrix.columns);
  double sum = 0;
  for (Index i = 0; i < size; ++i) sum += matrix.row(i)[i];
  return sum / static_cast<double>(size);
}

MULTIPRUNER_INLINE void add_to_diagonal(MatrixView<double> matrix, double value) {
  require_view(matrix, "add_to_diagonal", "the matrix");
  const Index size = std::min(matrix.rows, matrix.columns);
  for (Index i = 0; i < size; ++i) matrix.row(i)[i] += value;
}

MULTIPRUNER_INLINE Matrix<double> plus_diagonal(MatrixView<const double> matrix, double value) {
  Matrix<double> result = copied(matrix);
  add_to_diagonal(result.view(), value);
  return result;
}

MULTIPRUNER_INLINE Matrix<double> identity_matrix(Index rows, Index columns) {
  Matrix<double> identity = zero_matrix(rows, columns);
  add_to_diagonal(identity.view(), 1);
  return identity;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline tensor
