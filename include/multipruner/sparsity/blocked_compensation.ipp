#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <utility>

#include <multipruner/sparsity/blocked_compensation.hpp>
#include <multipruner/sparsity/detail/change_loss.hpp>
#include <multipruner/tensor/matrix.hpp>
#include <multipruner/tensor/transpose.hpp>
#include <multipruner/tensor/triangular.hpp>

namespace multipruner::inline MULTIPRUNER_ABI {

MULTIPRUNER_INLINE CompensatedWeights BlockedCompensation::operator()(const WeightMatrix& weights,
                                                                      const WeightMask& mask,
                                                                      const DampedHessian& hessian) const {
  detail::require_block(block);
  detail::require_operands(weights, mask, hessian);
  CompensatedWeights result;
  result.weights = weights;
  std::vector<Outcome> outcomes(static_cast<std::size_t>(weights.rows()), Outcome::solved);
  const auto begin_block = [&](Index first, Index size) {
    return
        [&, first, step = Block(hessian.inverse_factor(), first, size)](Index tile, Index count, WeightMatrix& errors) {
          const auto rows = stored_rows(result.weights).row_range(tile, count).column_range(first, step.size());
          step.prune_rows(rows, mask, tile, stored_rows(errors), outcomes);
        };
  };
  result.row_loss = detail::sweep_columns(result.weights, hessian.inverse_factor(), block, begin_block);

  result.kept_side_rows = detail::rows_with(Outcome::kept_side, outcomes);
  result.zeroed_rows = detail::rows_with(Outcome::zeroed, outcomes);
  for (const Index row : result.zeroed_rows) {  // their changes are not −e·U alone
    result.row_loss(row) = detail::change_loss(result.weights.row(row) - weights.row(row), hessian.matrix());
  }
  return result;
}

MULTIPRUNER_INLINE void BlockedCompensation::Block::prune_rows(MatrixView<double> weights, const WeightMask& mask,
                                                               Index tile, MatrixView<double> errors,
                                                               std::vector<Outcome>& outcomes) const {
  constexpr Index lanes = detail::BatchedCholesky::lanes;
  Matrix<double> multipliers(weights.rows, size());
  detail::BatchedCholesky cholesky;
  std::array<detail::RemovalSystem::Row, lanes> rows;
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
      Outcome& worst = outcomes[static_cast<std::size_t>(tile + begin + i)];
      worst = std::max(worst, row.outcome);
    }
  }
  add_product_of_rows(errors, 1, multipliers.view(), stored_rows(factor_));
  add_product(weights, -1, errors, stored_rows(factor_));
  for (Index i = 0; i < weights.rows; ++i) {
    for (Index j = 0; j < size(); ++j) {
      if (mask.removed(tile + i, first_ + j)) weights.row(i)[j] = 0;
    }
  }
}

MULTIPRUNER_INLINE Eigen::MatrixXd BlockedCompensation::Block::inverse_of(const WeightMatrix& factor) {
  return square_of(transposed(stored_rows(factor)).view());
}

MULTIPRUNER_INLINE Eigen::MatrixXd BlockedCompensation::Block::hessian_of(const WeightMatrix& factor) {
  WeightMatrix inverse = WeightMatrix::Identity(factor.rows(), factor.cols());
  solve_rows(stored_rows(factor), stored_rows(inverse));
  return square_of(stored_rows(inverse));
}

MULTIPRUNER_INLINE Eigen::MatrixXd BlockedCompensation::Block::square_of(MatrixView<const double> x) {
  Eigen::MatrixXd square = Eigen::MatrixXd::Zero(x.rows, x.rows);
  add_product_of_rows(stored_rows(square), 1, x, x);
  return square;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI
