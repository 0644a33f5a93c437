// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <string>

#include <multipruner/calibration/damped_cholesky.hpp>
#include <multipruner/core/error.hpp>
#include <multipruner/core/parallel.hpp>
#include <multipruner/tensor/all_finite.hpp>
#include <multipruner/tensor/cholesky.hpp>
#include <multipruner/tensor/detail/factor_damped.hpp>
#include <multipruner/tensor/diagonal.hpp>
#include <multipruner/tensor/products.hpp>
#include <multipruner/tensor/raise_eigenvalues.hpp>
#include <multipruner/tensor/require_view.hpp>
#include <multipruner/tensor/transpose.hpp>
#include <multipruner/tensor/triangular.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

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

MULTIPRUNER_INLINE DampedCholesky cholesky_with_damping(MatrixView<const double> gram, double damping) {
  require_view(gram, "Gram matrix", "it");
  if (gram.rows != gram.columns) throw DataError("Gram matrix", "it is not square", "Give inputs × inputs");
  if (!all_finite(gram)) {
    throw DataError("Gram matrix", "it is not finite", "Check the weights and the text the activations came from");
  }
  if (!(damping >= 0) || !std::isfinite(damping)) {
    throw OptionError("damping", "it is below 0 or not finite", "Ask for e.g. a ridge of 0.01");
  }
  DampedCholesky result;
  double& added = result.damping.absolute = damping;
  const auto factor = [&] {
    result.upper = plus_diagonal(gram, added);
    return detail::factor_upper(result.upper.view());
  };
  const auto increase = [&] { added = std::max(10 * added, 1e-8 * mean_of_diagonal(gram)); };
  const auto clip = [&] {
    result.upper = plus_diagonal(gram, added);
    detail::clip_eigenvalues(result.upper.view());
    return detail::factor_upper(result.upper.view());
  };
  detail::factor_damped(result.damping, "Gram matrix", factor, increase, clip);
  const double mean = gram.rows == 0 ? 0.0 : mean_of_diagonal(gram);
  if (mean > 0) result.damping.relative = added / mean;
  return result;
}

MULTIPRUNER_INLINE double damping_of(MatrixView<const double> gram, double ridge) {
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
  if (!all_finite(gram)) return cholesky_with_damping(gram, 0);  // which refuses it
  return cholesky_with_damping(gram, damping_of(gram, ridge));
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
