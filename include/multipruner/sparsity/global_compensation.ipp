// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <utility>
#include <vector>

#include <multipruner/core/parallel.hpp>
#include <multipruner/sparsity/detail/factor_above.hpp>
#include <multipruner/sparsity/detail/removal_system.hpp>
#include <multipruner/sparsity/global_compensation.hpp>
#include <multipruner/tensor/select.hpp>
#include <multipruner/tensor/times_symmetric.hpp>
#include <multipruner/tensor/triangular.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// Rows with the same mask.
struct MaskGroup {
  std::vector<Index> rows, removed, kept;
};

[[nodiscard]] inline bool solves_removed_side(const MaskGroup& group) {
  return group.removed.size() <= group.kept.size();
}

[[nodiscard]] inline std::vector<MaskGroup> rows_by_mask(const WeightMask& mask) {
  const auto before = [](std::span<const std::uint64_t> a, std::span<const std::uint64_t> b) {
    return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end());
  };
  std::map<std::span<const std::uint64_t>, std::size_t, decltype(before)> known;
  std::vector<MaskGroup> groups;
  for (Index row = 0; row < mask.rows(); ++row) {
    const auto [entry, is_new] = known.emplace(mask.row_words(row), groups.size());
    if (is_new) {
      MaskGroup& group = groups.emplace_back();
      mask.removed_columns(row, 0, mask.columns(), group.removed);
      mask.kept_columns(row, 0, mask.columns(), group.kept);
    }
    groups[entry->second].rows.push_back(row);
  }
  return groups;
}

inline void zero_at(const std::vector<Index>& indices, double* weights) {
  for (const Index i : indices) weights[i] = 0;
}

/// w_P of a row, zero at K, and w_P H_P: of all columns.
struct RemovedWeights {
  Eigen::RowVectorXd values, pull;

  RemovedWeights(const double* weights, const MaskGroup& group, MatrixView<const double> hessian)
      : values(Eigen::Map<const Eigen::RowVectorXd>(weights, hessian.rows)) {
    zero_at(group.kept, values.data());
    pull = times_symmetric(values, hessian);
  }
};

/// Solves the rows of one group after the other.
class GlobalSolver {
 public:
  /// @param inverse  of the Hessian; empty where no group solves its removed side
  GlobalSolver(MatrixView<const double> inverse, MatrixView<const double> hessian, CompensatedWeights& result)
      : inverse_(inverse), hessian_(hessian), weights_(result.weights.view()), row_loss_(result.row_loss) {}

  [[nodiscard]] RemovalOutcome solve(const MaskGroup& group) const {
    if (solves_removed_side(group) && solve_removed_side(group)) return RemovalOutcome::solved;
    if (solve_kept_side(group)) {
      return solves_removed_side(group) ? RemovalOutcome::kept_side : RemovalOutcome::solved;
    }
    for (const Index row : group.rows) {
      const RemovedWeights removed(weights_.row(row), group, hessian_);
      loss(row) = 0.5 * removed.values.dot(removed.pull);
      zero_at(group.removed, weights_.row(row));
    }
    return RemovalOutcome::zeroed;
  }

 private:
  [[nodiscard]] bool solve_removed_side(const MaskGroup& group) const {
    Matrix<double> factor = select(inverse_, group.removed, group.removed);
    if (!detail::factor_above(factor.view(), smallest_removal_pivot)) return false;
    Eigen::RowVectorXd multipliers(factor.rows());
    for (const Index row : group.rows) {
      double* const weights = weights_.row(row);
      for (Index k = 0; k < multipliers.size(); ++k) multipliers(k) = weights[index(group.removed, k)];
      solve_rows(factor.view(), stored_rows(multipliers));
      loss(row) = 0.5 * multipliers.squaredNorm();  // ½ w_P (C_PP)⁻¹ w_Pᵀ, half way
      solve_rows_transposed(factor.view(), stored_rows(multipliers));
      for (Index k = 0; k < multipliers.size(); ++k) {
        subtract_multiple(weights, multipliers(k), inverse_.row(index(group.removed, k)), inverse_.columns);
      }
      zero_at(group.removed, weights);
    }
    return true;
  }

  [[nodiscard]] bool solve_kept_side(const MaskGroup& group) const {
    Matrix<double> factor = select(hessian_, group.kept, group.kept);
    if (!detail::factor_above(factor.view(), 0)) return false;
    Eigen::RowVectorXd change(factor.rows());
    for (const Index row : group.rows) {
      double* const weights = weights_.row(row);
      const RemovedWeights removed(weights, group, hessian_);
      for (Index k = 0; k < change.size(); ++k) change(k) = removed.pull(index(group.kept, k));
      solve_rows(factor.view(), stored_rows(change));
      // The gradient vanishes at kept weights, so that only the removed ones count: ½ w_P (H_PP w_P − H_PK δ_K), the
      // last of which is half solved.
      loss(row) = 0.5 * (removed.values.dot(removed.pull) - change.squaredNorm());
      solve_rows_transposed(factor.view(), stored_rows(change));
      for (Index k = 0; k < change.size(); ++k) weights[index(group.kept, k)] += change(k);
      zero_at(group.removed, weights);
    }
    return true;
  }

  static Index index(const std::vector<Index>& indices, Index k) { return indices[static_cast<std::size_t>(k)]; }

  [[nodiscard]] double& loss(Index row) const { return row_loss_[static_cast<std::size_t>(row)]; }

  MatrixView<const double> inverse_, hessian_;
  MatrixView<double> weights_;
  std::vector<double>& row_loss_;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline sparse {

MULTIPRUNER_INLINE CompensatedWeights GlobalCompensation::operator()(MatrixView<const double> weights,
                                                                     const WeightMask& mask,
                                                                     const DampedHessian& hessian) const {
  using detail::RemovalOutcome;
  detail::require_operands(weights, mask, hessian);
  CompensatedWeights result;
  result.weights = copied(weights);
  result.row_loss.resize(static_cast<std::size_t>(weights.rows));
  std::vector<RemovalOutcome> outcomes(result.row_loss.size(), RemovalOutcome::solved);

  const std::vector<detail::MaskGroup> groups = detail::rows_by_mask(mask);
  const bool needs_inverse = std::any_of(groups.begin(), groups.end(), detail::solves_removed_side);
  const Matrix<double> inverse = needs_inverse ? hessian.inverse() : Matrix<double>();
  const detail::GlobalSolver solver(inverse.view(), hessian.matrix(), result);
  parallel_for(static_cast<Index>(groups.size()), [&](Index i) {
    const detail::MaskGroup& group = groups[static_cast<std::size_t>(i)];
    if (group.removed.empty()) return;
    const RemovalOutcome outcome = solver.solve(group);
    for (const Index row : group.rows) outcomes[static_cast<std::size_t>(row)] = outcome;
  });
  result.kept_side_rows = detail::rows_with(RemovalOutcome::kept_side, outcomes);
  result.zeroed_rows = detail::rows_with(RemovalOutcome::zeroed, outcomes);
  return result;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline sparse
