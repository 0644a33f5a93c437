#pragma once

#include <algorithm>
#include <cstddef>
#include <string>

#include <multipruner/calibration/damped_inverse.hpp>
#include <multipruner/compensation/ridge_columns.hpp>
#include <multipruner/core/error.hpp>
#include <multipruner/tensor/eigen.hpp>
#include <multipruner/tensor/products.hpp>
#include <multipruner/tensor/transpose.hpp>
#include <multipruner/tensor/triangular.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

MULTIPRUNER_INLINE std::vector<Index> other_columns(std::span<const Index> kept, Index columns) {
  std::vector<Index> others;
  std::size_t next = 0;
  for (Index column = 0; column < columns; ++column) {
    if (next < kept.size() && kept[next] == column) {
      ++next;
    } else {
      others.push_back(column);
    }
  }
  if (next == kept.size()) return others;
  throw OptionError("kept columns", "they do not ascend within " + std::to_string(columns) + " columns",
                    "Give each column once, in ascending order");
}

MULTIPRUNER_INLINE void require_gram_of(const Eigen::MatrixXd& gram, Index columns) {
  if (gram.rows() == columns && gram.cols() == columns) return;
  throw OptionError(
      "Gram matrix",
      "it has " + std::to_string(gram.rows()) + " rows for a weight of " + std::to_string(columns) + " columns",
      "Pass the one of the weight's inputs");
}

/// A weight of ours as Eigen's, which is its transpose in memory.
inline Eigen::MatrixXd to_column_major(const Matrix<double>& weight) {
  Eigen::MatrixXd result(weight.rows(), weight.columns());
  transpose(weight.view(), stored_rows(result));
  return result;
}

/// All entries, row by row.
inline Eigen::Map<const Eigen::VectorXd> entries_of(const Matrix<double>& matrix) {
  return {matrix.view().data, matrix.rows() * matrix.columns()};
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI {

MULTIPRUNER_INLINE RidgeColumns ridge_columns(const Eigen::MatrixXd& weight, const Eigen::MatrixXd& gram,
                                              std::span<const Index> kept, double ridge) {
  detail::require_gram_of(gram, weight.cols());
  const std::vector<Index> removed = detail::other_columns(kept, weight.cols());
  const DampedCholesky factor = cholesky_with_dampening(select(gram, kept, kept), dampening_of(gram, ridge));
  const Eigen::MatrixXd from_weight = select_columns(weight, removed), from_gram = select(gram, kept, removed);
  Eigen::MatrixXd square = select(gram, removed, removed);
  square.diagonal().array() += factor.dampening;
  const Matrix<double> dropped = transposed(stored_rows(from_weight));
  const Matrix<double> gradient = product(dropped.view(), stored_rows(square));
  Matrix<double> change = product(dropped.view(), stored_rows(from_gram));
  solve_rows(stored_rows(factor.lower), change.view());  // W_P G_PK L⁻ᵀ
  const double loss =
      detail::entries_of(gradient).dot(detail::entries_of(dropped)) - detail::entries_of(change).squaredNorm();
  solve_rows_transposed(stored_rows(factor.lower), change.view());
  return {.weight = select_columns(weight, kept) + detail::to_column_major(change),
          .loss = loss,
          .dampening = factor.dampening,
          .attempts = factor.attempts,
          .clipped = factor.clipped};
}

MULTIPRUNER_INLINE Eigen::VectorXd bias_of_fit(const Eigen::MatrixXd& weight, const Eigen::MatrixXd& fitted,
                                               std::span<const Index> kept, const Eigen::VectorXd& mean) {
  (void)detail::other_columns(kept, weight.cols());
  if (mean.size() != weight.cols() || fitted.rows() != weight.rows() ||
      fitted.cols() != static_cast<Index>(kept.size())) {
    throw OptionError("bias of a fit",
                      std::to_string(mean.size()) + " means and " + std::to_string(fitted.cols()) +
                          " fitted columns for " + std::to_string(weight.cols()) + " columns, of which " +
                          std::to_string(kept.size()) + " are kept",
                      "Pass the means of all inputs, and what was fitted on the kept ones");
  }
  Eigen::VectorXd kept_mean(static_cast<Index>(kept.size())), bias = Eigen::VectorXd::Zero(weight.rows());
  for (Index i = 0; i < kept_mean.size(); ++i) kept_mean(i) = mean(kept[static_cast<std::size_t>(i)]);
  add_product(stored_rows(bias), 1, stored_rows(mean), stored_rows(weight));
  add_product(stored_rows(bias), -1, stored_rows(kept_mean), stored_rows(fitted));
  return bias;
}

MULTIPRUNER_INLINE RidgeColumns refit_columns(const Eigen::MatrixXd& weight, const Eigen::MatrixXd& pruned_gram,
                                              const Eigen::MatrixXd& cross, std::span<const Index> kept, double ridge) {
  detail::require_gram_of(pruned_gram, weight.cols());
  detail::require_gram_of(cross, weight.cols());
  (void)detail::other_columns(kept, weight.cols());
  const DampedCholesky factor =
      cholesky_with_dampening(select(pruned_gram, kept, kept), dampening_of(pruned_gram, ridge));
  const Eigen::MatrixXd kept_cross = select_columns(cross, kept);
  Matrix<double> solution = product_of_rows(transposed(stored_rows(weight)).view(), stored_rows(kept_cross));
  solve_rows(stored_rows(factor.lower), solution.view());
  solve_rows_transposed(stored_rows(factor.lower), solution.view());
  return {.weight = detail::to_column_major(solution),
          .dampening = factor.dampening,
          .attempts = factor.attempts,
          .clipped = factor.clipped};
}

}  // namespace multipruner::inline MULTIPRUNER_ABI
