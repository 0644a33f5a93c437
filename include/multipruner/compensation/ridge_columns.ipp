// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>

#include <multipruner/calibration/damped_cholesky.hpp>
#include <multipruner/compensation/ridge_columns.hpp>
#include <multipruner/core/error.hpp>
#include <multipruner/tensor/diagonal.hpp>
#include <multipruner/tensor/dot.hpp>
#include <multipruner/tensor/eigen.hpp>
#include <multipruner/tensor/products.hpp>
#include <multipruner/tensor/require_view.hpp>
#include <multipruner/tensor/select.hpp>
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

MULTIPRUNER_INLINE void require_gram_of(MatrixView<const double> gram, Index columns) {
  require_view(gram, "Gram matrix", "it");
  if (gram.rows == columns && gram.columns == columns) return;
  throw OptionError(
      "Gram matrix",
      "it has " + std::to_string(gram.rows) + " rows for a weight of " + std::to_string(columns) + " columns",
      "Pass the one of the weight's inputs");
}

/// @throws OptionError for a weight that cannot be read, or columns that do not ascend.
[[nodiscard]] inline std::vector<Index> other_columns(std::span<const Index> kept, MatrixView<const double> weight) {
  require_view(weight, "kept columns", "the weight");
  return other_columns(kept, weight.columns);
}

/// Σ a_ij b_ij of two matrices of one shape.
[[nodiscard]] inline double dot_of_entries(const Matrix<double>& a, const Matrix<double>& b) {
  return dot(a.view().data, b.view().data, a.rows() * a.columns());
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline compensation {

MULTIPRUNER_INLINE RidgeColumns ridge_columns(MatrixView<const double> weight, MatrixView<const double> gram,
                                              std::span<const Index> kept, double ridge) {
  detail::require_gram_of(gram, weight.columns);
  const std::vector<Index> removed = detail::other_columns(kept, weight);
  const DampedCholesky factor = cholesky_with_damping(select(gram, kept, kept).view(), damping_of(gram, ridge));
  Matrix<double> square = select(gram, removed, removed);
  add_to_diagonal(square.view(), factor.damping.absolute);
  const Matrix<double> dropped = select_columns(weight, removed);
  const Matrix<double> gradient = product(dropped.view(), square.view());
  Matrix<double> change = product(dropped.view(), select(gram, removed, kept).view());
  solve_rows(factor.upper.view(), change.view());  // W_P G_PK U⁻¹
  const double loss =
      detail::dot_of_entries(gradient, dropped) - squared_norm(change.view().data, change.rows() * change.columns());
  solve_rows_transposed(factor.upper.view(), change.view());
  as_eigen(change.view()) += as_eigen(select_columns(weight, kept).view());
  return {.weight = std::move(change), .loss = loss, .damping = factor.damping};
}

MULTIPRUNER_INLINE std::vector<double> bias_of_fit(MatrixView<const double> weight, MatrixView<const double> fitted,
                                                   std::span<const Index> kept, std::span<const double> mean) {
  (void)detail::other_columns(kept, weight);
  require_view(fitted, "bias of a fit", "what was fitted");
  if (static_cast<Index>(mean.size()) != weight.columns || fitted.rows != weight.rows ||
      fitted.columns != static_cast<Index>(kept.size())) {
    throw OptionError("bias of a fit",
                      std::to_string(mean.size()) + " means and " + std::to_string(fitted.columns) +
                          " fitted columns for " + std::to_string(weight.columns) + " columns, of which " +
                          std::to_string(kept.size()) + " are kept",
                      "Pass the means of all inputs, and what was fitted on the kept ones");
  }
  const MatrixView<const double> means(mean.data(), 1, weight.columns);
  // Transposed copies, because a·bᵀ sums in another order than a·b, and biases were always summed like this.
  Matrix<double> bias = product(means, transposed(weight).view());
  add_product(bias.view(), -1, select_columns(means, kept).view(), transposed(fitted).view());
  const double* const entries = bias.view().data;
  return {entries, entries + weight.rows};
}

MULTIPRUNER_INLINE RidgeColumns refit_columns(MatrixView<const double> weight, MatrixView<const double> pruned_gram,
                                              MatrixView<const double> cross, std::span<const Index> kept,
                                              double ridge) {
  detail::require_gram_of(pruned_gram, weight.columns);
  detail::require_gram_of(cross, weight.columns);
  (void)detail::other_columns(kept, weight);
  const DampedCholesky factor =
      cholesky_with_damping(select(pruned_gram, kept, kept).view(), damping_of(pruned_gram, ridge));
  const Matrix<double> kept_cross = transposed(select_columns(cross, kept).view());
  Matrix<double> solution = product_of_rows(weight, kept_cross.view());
  solve_rows(factor.upper.view(), solution.view());
  solve_rows_transposed(factor.upper.view(), solution.view());
  return {.weight = std::move(solution), .damping = factor.damping};
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline compensation
