#pragma once

#include <algorithm>
#include <cmath>
#include <string>

#include <multipruner/calibration/damped_inverse.hpp>
#include <multipruner/core/error.hpp>
#include <multipruner/core/parallel.hpp>
#include <multipruner/tensor/cholesky.hpp>
#include <multipruner/tensor/matrix.hpp>
#include <multipruner/tensor/products.hpp>
#include <multipruner/tensor/raise_eigenvalues.hpp>
#include <multipruner/tensor/transpose.hpp>
#include <multipruner/tensor/triangular.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

inline constexpr int most_cholesky_attempts = 6;

/// The symmetric matrix with eigenvalues of at least 10⁻⁸ of a bound of the largest (and of 10⁻³⁰⁰, for zero).
inline void clip_eigenvalues(Eigen::MatrixXd& matrix) {
  raise_eigenvalues(stored_rows(matrix), std::max(row_sum_norm(stored_rows(matrix)) * 1e-8, 1e-300));
}

/// The Cholesky factor L in place of a symmetric matrix. @returns false where that is not positive definite.
[[nodiscard]] inline bool factor_lower(Eigen::MatrixXd& matrix) {
  if (!factor_in_place(stored_rows(matrix))) return false;
  for (Index column = 1; column < matrix.cols(); ++column) std::fill_n(&matrix(0, column), column, 0.0);
  return true;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI {

MULTIPRUNER_INLINE DampedCholesky cholesky_with_dampening(const Eigen::MatrixXd& gram, double dampening) {
  if (gram.rows() != gram.cols()) throw DataError("Gram matrix", "it is not square", "Give inputs × inputs");
  if (!gram.allFinite()) {
    throw DataError("Gram matrix", "it is not finite", "Check the weights and the text the activations came from");
  }
  if (!(dampening >= 0) || !std::isfinite(dampening)) {
    throw OptionError("dampening", "it is below 0 or not finite", "Ask for e.g. a ridge of 0.01");
  }
  DampedCholesky result;
  result.dampening = dampening;
  while (result.attempts < detail::most_cholesky_attempts) {
    if (result.attempts > 0) result.dampening = std::max(10 * result.dampening, 1e-8 * gram.diagonal().mean());
    ++result.attempts;
    result.lower = gram;
    result.lower.diagonal().array() += result.dampening;
    if (detail::factor_lower(result.lower) && result.lower.allFinite()) return result;
  }
  result.clipped = true;
  result.lower = gram;
  result.lower.diagonal().array() += result.dampening;
  detail::clip_eigenvalues(result.lower);
  if (detail::factor_lower(result.lower) && result.lower.allFinite()) return result;
  throw DataError("Gram matrix", "it has no Cholesky factor although its eigenvalues were raised",
                  "Look for entries near the largest numbers");
}

MULTIPRUNER_INLINE double dampening_of(const Eigen::MatrixXd& gram, double ridge) {
  if (!(ridge >= 0)) throw OptionError("ridge", "it is below 0 or no number", "Ask for e.g. 0.01");
  const double mean = gram.size() == 0 ? 0.0 : gram.diagonal().mean();
  if (!std::isfinite(mean)) {
    throw DataError("Gram matrix", "it is not finite, or the mean of its diagonal is not",
                    "Check the weights and the text the activations came from");
  }
  return mean > 0 ? ridge * mean : 1.0;
}

MULTIPRUNER_INLINE DampedCholesky damped_cholesky(const Eigen::MatrixXd& gram, double ridge) {
  if (!gram.allFinite()) return cholesky_with_dampening(gram, 0);  // which refuses it
  return cholesky_with_dampening(gram, dampening_of(gram, ridge));
}

}  // namespace multipruner::inline MULTIPRUNER_ABI

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// Columns that one task solves for.
inline constexpr Index inverse_columns = 64;

/// Columns first … first + count − 1 of L⁻¹, each in a row, without the entries before `first`, which are zero.
inline Matrix<double> inverse_of_lower(const Eigen::MatrixXd& lower, Index first, Index count) {
  const Index size = lower.rows() - first;
  Matrix<double> columns(count, size);
  std::fill_n(columns.view().data, count * size, 0.0);
  for (Index i = 0; i < count; ++i) columns.view().row(i)[i] = 1;
  solve_rows(stored_rows(lower).row_range(first, size).column_range(first, size), columns.view());
  return columns;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI {

MULTIPRUNER_INLINE Eigen::MatrixXd inverse(const DampedCholesky& factor) {
  const Index size = factor.lower.rows();
  Eigen::MatrixXd inverse(size, size);
  parallel_for((size + detail::inverse_columns - 1) / detail::inverse_columns, [&](Index task) {
    const Index first = task * detail::inverse_columns, count = std::min(detail::inverse_columns, size - first);
    Matrix<double> part = detail::inverse_of_lower(factor.lower, first, count);
    solve_rows_transposed(stored_rows(factor.lower).row_range(first, size - first).column_range(first, size - first),
                          part.view());
    for (Index i = 0; i < count; ++i) std::copy_n(part.view().row(i), size - first, &inverse(first, first + i));
  });
  mirror_upper_triangle(stored_rows(inverse));
  return inverse;
}

MULTIPRUNER_INLINE Eigen::MatrixXd inverse_diagonal_blocks(const DampedCholesky& factor, Index width) {
  const Index size = factor.lower.rows();
  if (width < 1 || size % width != 0) {
    throw OptionError("blocks of an inverse", std::to_string(width) + " columns do not divide " + std::to_string(size),
                      "Ask for blocks of whole units");
  }
  const Index blocks = size / width;
  const Index blocks_per_task = std::max<Index>(1, detail::inverse_columns / width);
  Eigen::MatrixXd result = Eigen::MatrixXd::Zero(size, width);
  parallel_for((blocks + blocks_per_task - 1) / blocks_per_task, [&](Index task) {
    const Index first = task * blocks_per_task, count = std::min(blocks_per_task, blocks - first);
    const Matrix<double> columns = detail::inverse_of_lower(factor.lower, first * width, count * width);
    for (Index block = 0; block < count; ++block) {
      const MatrixView<const double> rows = columns.view().row_range(block * width, width);
      add_product_of_rows(stored_rows(result).column_range((first + block) * width, width), 1, rows, rows);
    }
  });
  return result;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI
