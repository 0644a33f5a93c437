// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <vector>

#include <multipruner/sparsity/blocked_compensation.hpp>
#include <multipruner/sparsity/detail/change_loss.hpp>
#include <multipruner/sparsity/detail/removal_system.hpp>
#include <multipruner/sparsity/detail/sweep_columns.hpp>
#include <multipruner/tensor/diagonal.hpp>
#include <multipruner/tensor/products.hpp>
#include <multipruner/tensor/transpose.hpp>
#include <multipruner/tensor/triangular.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// Columns [first, first + size) that lose their weights together, with the block U_BB of U: C_BB = U_BBᵀU_BB, and in
/// general C_B: = U_BBᵀU_B:.
class ColumnBlock {
 public:
  ColumnBlock(MatrixView<const double> factor, Index first, Index size)
      : first_(first),
        factor_(factor.row_range(first, size).column_range(first, size)),
        system_(inverse_of(factor_), hessian_of(factor_)) {}

  [[nodiscard]] Index size() const { return factor_.rows; }

  /// With z being λ = (C_PP)⁻¹ w_P at the removed columns and zero elsewhere, the errors are e = z U_BBᵀ.
  void prune_rows(MatrixView<double> weights, const WeightMask& mask, Index tile, MatrixView<double> errors,
                  std::vector<RemovalOutcome>& outcomes) const {
    const Matrix<double> multipliers = solve(weights, mask, tile, outcomes);
    add_product_of_rows(errors, 1, multipliers.view(), factor_);
    add_product(weights, -1, errors, factor_);
    for (Index i = 0; i < weights.rows; ++i) {
      for (Index j = 0; j < size(); ++j) {
        if (mask.removed(tile + i, first_ + j)) weights.row(i)[j] = 0;
      }
    }
  }

 private:
  /// C_BB
  static Matrix<double> inverse_of(MatrixView<const double> factor) {
    const Matrix<double> columns = transposed(factor);
    return product_of_rows(columns.view(), columns.view());
  }

  /// (C_BB)⁻¹
  static Matrix<double> hessian_of(MatrixView<const double> factor) {
    Matrix<double> inverse = identity_matrix(factor.rows, factor.columns);
    solve_rows(factor, inverse.view());
    return product_of_rows(inverse.view(), inverse.view());
  }

  /// z of every row.
  [[nodiscard]] Matrix<double> solve(MatrixView<const double> weights, const WeightMask& mask, Index tile,
                                     std::vector<RemovalOutcome>& outcomes) const {
    constexpr Index lanes = BatchedCholesky::lanes;
    Matrix<double> multipliers(weights.rows, size());
    BatchedCholesky cholesky;
    std::array<RemovalSystem::Row, lanes> rows;
    for (Index begin = 0; begin < weights.rows; begin += lanes) {
      const Index count = std::min(lanes, weights.rows - begin);
      for (Index i = 0; i < count; ++i) {
        auto& [removed, kept, values, outcome] = rows[static_cast<std::size_t>(i)];
        mask.removed_columns(tile + begin + i, first_, size(), removed);
        mask.kept_columns(tile + begin + i, first_, size(), kept);
        values = Eigen::Map<const Eigen::VectorXd>(weights.row(begin + i), size());
        for (const Index j : kept) values(j) = 0;
      }
      system_.solve(std::span(rows).first(static_cast<std::size_t>(count)), cholesky);
      for (Index i = 0; i < count; ++i) {
        const auto& row = rows[static_cast<std::size_t>(i)];
        std::copy_n(row.values.data(), size(), multipliers.view().row(begin + i));
        RemovalOutcome& worst = outcomes[static_cast<std::size_t>(tile + begin + i)];
        worst = std::max(worst, row.outcome);
      }
    }
    return multipliers;
  }

  Index first_;
  MatrixView<const double> factor_;
  RemovalSystem system_;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline sparse {

MULTIPRUNER_INLINE CompensatedWeights BlockedCompensation::operator()(MatrixView<const double> weights,
                                                                      const WeightMask& mask,
                                                                      const DampedHessian& hessian) const {
  using detail::RemovalOutcome;
  detail::require_block(block);
  detail::require_operands(weights, mask, hessian);
  CompensatedWeights result;
  result.weights = copied(weights);
  const MatrixView<double> changed = result.weights.view();
  std::vector<RemovalOutcome> outcomes(static_cast<std::size_t>(weights.rows), RemovalOutcome::solved);
  const auto begin_block = [&](Index first, Index size) {
    return [&, first, step = detail::ColumnBlock(hessian.inverse_factor(), first, size)](Index tile, Index count,
                                                                                         MatrixView<double> errors) {
      const auto rows = changed.row_range(tile, count).column_range(first, step.size());
      step.prune_rows(rows, mask, tile, errors, outcomes);
    };
  };
  result.row_loss = detail::sweep_columns(changed, hessian.inverse_factor(), block, begin_block);

  result.kept_side_rows = detail::rows_with(RemovalOutcome::kept_side, outcomes);
  result.zeroed_rows = detail::rows_with(RemovalOutcome::zeroed, outcomes);
  for (const Index row : result.zeroed_rows) {  // their changes are not −e·U alone
    result.row_loss[static_cast<std::size_t>(row)] =
        detail::change_loss(weights.row(row), changed.row(row), hessian.matrix());
  }
  return result;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline sparse
