// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>

#include <multipruner/core/parallel.hpp>
#include <multipruner/tensor/matrix.hpp>
#include <multipruner/tensor/products.hpp>
#include <multipruner/tensor/raise_eigenvalues.hpp>
#include <multipruner/tensor/require_view.hpp>
#include <multipruner/tensor/transpose.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline tensor {

MULTIPRUNER_INLINE double row_sum_norm(MatrixView<const double> matrix) {
  require_view(matrix, "row_sum_norm", "the matrix");
  double largest = 0;
  for (Index row = 0; row < matrix.rows; ++row) {
    double sum = 0;
    for (Index column = 0; column < matrix.columns; ++column) sum += std::abs(matrix.row(row)[column]);
    largest = std::max(largest, sum);
  }
  return largest;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline tensor

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// result = a · b, in parallel by rows
inline void multiply(MatrixView<const double> a, MatrixView<const double> b, MatrixView<double> result) {
  constexpr Index rows_per_task = 128;
  parallel_for((a.rows + rows_per_task - 1) / rows_per_task, [&](Index task) {
    const Index first = task * rows_per_task, count = std::min(rows_per_task, a.rows - first);
    const MatrixView<double> rows = result.row_range(first, count);
    for (Index row = 0; row < count; ++row) std::fill_n(rows.row(row), rows.columns, 0.0);
    add_product(rows, 1, a.row_range(first, count), b);
  });
}

/// The sign of a symmetric matrix: its eigenvalues become 1 or −1. Newton–Schulz, X ← X (3 − X²) / 2 (N. Higham,
/// "Functions of Matrices", 2008, section 5.3); every step brings an eigenvalue near 0 away from it by half of itself.
/// Those within 10⁻¹¹ of `norm` may end anywhere between.
/// @param norm  no eigenvalue has a larger magnitude
[[nodiscard]] inline Matrix<double> sign_of(MatrixView<const double> matrix, double norm) {
  constexpr int most_steps = 64;  // 1.5⁶⁴ = 2 · 10¹¹
  const Index n = matrix.rows;
  Matrix<double> x(n, n), square(n, n), cube(n, n);
  double* const entries = x.view().data;
  for (Index i = 0; i < n * n; ++i) entries[i] = matrix.row(i / n)[i % n] / norm;
  double change = 1;
  for (int step = 0; step < most_steps && change > 1e-14; ++step) {
    multiply(x.view(), x.view(), square.view());
    multiply(square.view(), x.view(), cube.view());
    change = 0;
    for (Index i = 0; i < n * n; ++i) {
      const double add = 0.5 * (entries[i] - cube.view().data[i]);
      entries[i] += add;
      change = std::max(change, std::abs(add));
    }
  }
  return x;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline tensor {

MULTIPRUNER_INLINE void raise_eigenvalues(MatrixView<double> matrix, double floor) {
  require_shape(matrix, matrix.rows, matrix.rows, "raise_eigenvalues", "the matrix");
  const Index n = matrix.rows;
  for (Index i = 0; i < n; ++i) matrix.row(i)[i] -= floor;
  Matrix<double> magnitude(n, n);
  if (const double norm = row_sum_norm(matrix); norm > 0) {
    detail::multiply(matrix, detail::sign_of(matrix, norm).view(), magnitude.view());
  } else {
    std::fill_n(magnitude.view().data, n * n, 0.0);
  }
  for (Index row = 0; row < n; ++row) {
    for (Index column = row; column < n; ++column) {
      matrix.row(row)[column] = 0.5 * (matrix.row(row)[column] + magnitude.view().row(row)[column]);
    }
    matrix.row(row)[row] += floor;
  }
  mirror_upper_triangle(matrix);
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline tensor
