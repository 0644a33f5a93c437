// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <string>

#include <multipruner/calibration/damped_inverse.hpp>
#include <multipruner/core/error.hpp>
#include <multipruner/core/parallel.hpp>
#include <multipruner/tensor/all_finite.hpp>
#include <multipruner/tensor/cholesky.hpp>
#include <multipruner/tensor/diagonal.hpp>
#include <multipruner/tensor/products.hpp>
#include <multipruner/tensor/raise_eigenvalues.hpp>
#include <multipruner/tensor/require_view.hpp>
#include <multipruner/tensor/transpose.hpp>
#include <multipruner/tensor/triangular.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

inline constexpr int most_cholesky_attempts = 6;

/// The symmetric matrix with eigenvalues of at least 10⁻⁸ of a bound of the largest (and of 10⁻³⁰⁰, for zero).
inline void clip_eigenvalues(MatrixView<double> matrix) {
  raise_eigenvalues(matrix, std::max(row_sum_norm(matrix) * 1e-8, 1e-300));
}

/// The Cholesky factor U in place of a symmetric matrix. @returns false where that is not positive definite, or
/// overflows.
[[nodiscard]] inline bool factor_upper(MatrixView<double> matrix) {
  if (!factor_in_place(matrix)) return false;
  for (Index row = 1; row < matrix.rows; ++row) std::fill_n(matrix.row(row), row, 0.0);
  return all_finite(matrix);
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline calibration {

MULTIPRUNER_INLINE DampedCholesky cholesky_with_dampening(MatrixView<const double> gram, double dampening) {
  require_view(gram, "Gram matrix", "it");
  if (gram.rows != gram.columns) throw DataError("Gram matrix", "it is not square", "Give inputs × inputs");
  if (!all_finite(gram)) {
    throw DataError("Gram matrix", "it is not finite", "Check the weights and the text the activations came from");
  }
  if (!(dampening >= 0) || !std::isfinite(dampening)) {
    throw OptionError("dampening", "it is below 0 or not finite", "Ask for e.g. a ridge of 0.01");
  }
  DampedCholesky result;
  result.dampening = dampening;
  while (result.attempts < detail::most_cholesky_attempts) {
    if (result.attempts > 0) result.dampening = std::max(10 * result.dampening, 1e-8 * mean_of_diagonal(gram));
    ++result.attempts;
    result.upper = plus_diagonal(gram, result.dampening);
    if (detail::factor_upper(result.upper.view())) return result;
  }
  result.clipped = true;
  result.upper = plus_diagonal(gram, result.dampening);
  detail::clip_eigenvalues(result.upper.view());
  if (detail::factor_upper(result.upper.view())) return result;
  throw DataError("Gram matrix", "it has no Cholesky factor although its eigenvalues were raised",
                  "Look for entries near the largest numbers");
}

MULTIPRUNER_INLINE double dampening_of(MatrixView<const double> gram, double ridge) {
  require_view(gram, "Gram matrix", "it");
  if (!(ridge >= 0)) throw OptionError("ridge", "it is below 0 or no number", "Ask for e.g. 0.01");
  const double mean = gram.rows == 0 || gram.columns == 0 ? 0.0 : mean_of_diagonal(gram);
  if (!std::isfinite(mean)) {
    throw DataError("Gram matrix", "it is not finite, or the mean of its diagonal is not",
                    "Check the weights and the text the activations came from");
  }
  return mean > 0 ? ridge * mean : 1.0;
}

MULTIPRUNER_INLINE DampedCholesky damped_cholesky(MatrixView<const double> gram, double ridge) {
  require_view(gram, "Gram matrix", "it");
  if (!all_finite(gram)) return cholesky_with_dampening(gram, 0);  // which refuses it
  return cholesky_with_dampening(gram, dampening_of(gram, ridge));
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline calibration

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// Columns that one task solves for.
inline constexpr Index inverse_columns = 64;

/// Rows first … first + count − 1 of U⁻¹ without the entries before `first`, which are zero.
inline Matrix<double> inverse_of_upper(MatrixView<const double> upper, Index first, Index count) {
  const Index size = upper.rows - first;
  Matrix<double> rows = identity_matrix(count, size);
  solve_rows(upper.row_range(first, size).column_range(first, size), rows.view());
  return rows;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline calibration {

MULTIPRUNER_INLINE Matrix<double> inverse(const DampedCholesky& factor) {
  const MatrixView<const double> upper = factor.upper.view();
  const Index size = upper.rows;
  Matrix<double> inverse(size, size);
  parallel_for((size + detail::inverse_columns - 1) / detail::inverse_columns, [&](Index task) {
    const Index first = task * detail::inverse_columns, count = std::min(detail::inverse_columns, size - first);
    Matrix<double> part = detail::inverse_of_upper(upper, first, count);
    solve_rows_transposed(upper.row_range(first, size - first).column_range(first, size - first), part.view());
    const MatrixView<double> rows = inverse.view().row_range(first, count).column_range(first, size - first);
    for (Index i = 0; i < count; ++i) std::copy_n(part.view().row(i), size - first, rows.row(i));
  });
  mirror_upper_triangle(inverse.view());
  return inverse;
}

MULTIPRUNER_INLINE Matrix<double> inverse_diagonal_blocks(const DampedCholesky& factor, Index width) {
  const Index size = factor.upper.rows();
  if (width < 1 || size % width != 0) {
    throw OptionError("blocks of an inverse", std::to_string(width) + " columns do not divide " + std::to_string(size),
                      "Ask for blocks of whole units");
  }
  const Index blocks = size / width;
  const Index blocks_per_task = std::max<Index>(1, detail::inverse_columns / width);
  Matrix<double> result = zero_matrix(width, size);
  parallel_for((blocks + blocks_per_task - 1) / blocks_per_task, [&](Index task) {
    const Index first = task * blocks_per_task, count = std::min(blocks_per_task, blocks - first);
    const Matrix<double> rows = detail::inverse_of_upper(factor.upper.view(), first * width, count * width);
    for (Index block = 0; block < count; ++block) {
      const MatrixView<const double> part = rows.view().row_range(block * width, width);
      add_product_of_rows(result.view().column_range((first + block) * width, width), 1, part, part);
    }
  });
  return result;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline calibration
