#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <span>
#include <utility>

#include <multipruner/sparsity/detail/cholesky.hpp>
#include <multipruner/sparsity/global_compensation.hpp>
#include <multipruner/tensor/eigen.hpp>
#include <multipruner/tensor/triangular.hpp>

namespace multipruner::inline MULTIPRUNER_ABI {

MULTIPRUNER_INLINE CompensatedWeights GlobalCompensation::operator()(const WeightMatrix& weights,
                                                                     const WeightMask& mask,
                                                                     const DampedHessian& hessian) const {
  detail::require_operands(weights, mask, hessian);
  CompensatedWeights result;
  result.weights = weights;
  result.row_loss = Eigen::VectorXd::Zero(weights.rows());
  std::vector<Outcome> outcomes(static_cast<std::size_t>(weights.rows()), Outcome::solved);

  const std::vector<Group> groups = rows_by_mask(mask);
  const bool needs_inverse = std::any_of(groups.begin(), groups.end(), solves_removed_side);
  const Eigen::MatrixXd inverse = needs_inverse ? hessian.inverse() : Eigen::MatrixXd();
  parallel_for(static_cast<Index>(groups.size()), [&](Index i) {
    const Group& group = groups[static_cast<std::size_t>(i)];
    if (group.removed.empty()) return;
    const Outcome outcome = solve(group, inverse, hessian.matrix(), result);
    for (const Index row : group.rows) outcomes[static_cast<std::size_t>(row)] = outcome;
  });
  result.kept_side_rows = detail::rows_with(Outcome::kept_side, outcomes);
  result.zeroed_rows = detail::rows_with(Outcome::zeroed, outcomes);
  return result;
}

MULTIPRUNER_INLINE std::vector<GlobalCompensation::Group> GlobalCompensation::rows_by_mask(const WeightMask& mask) {
  const auto before = [](std::span<const std::uint64_t> a, std::span<const std::uint64_t> b) {
    return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end());
  };
  std::map<std::span<const std::uint64_t>, std::size_t, decltype(before)> known;
  std::vector<Group> groups;
  for (Index row = 0; row < mask.rows(); ++row) {
    const auto [entry, is_new] = known.emplace(mask.row_words(row), groups.size());
    if (is_new) {
      Group& group = groups.emplace_back();
      mask.removed_columns(row, 0, mask.columns(), group.removed);
      mask.kept_columns(row, 0, mask.columns(), group.kept);
    }
    groups[entry->second].rows.push_back(row);
  }
  return groups;
}

MULTIPRUNER_INLINE GlobalCompensation::Outcome GlobalCompensation::solve(const Group& group,
                                                                         const Eigen::MatrixXd& inverse,
                                                                         const Eigen::MatrixXd& hessian,
                                                                         CompensatedWeights& result) {
  if (solves_removed_side(group) && solve_removed_side(group, inverse, result)) return Outcome::solved;
  if (solve_kept_side(group, hessian, result)) {
    return solves_removed_side(group) ? Outcome::kept_side : Outcome::solved;
  }
  for (const Index row : group.rows) {
    const RemovedWeights removed(result.weights.row(row), group, hessian);
    result.row_loss(row) = 0.5 * removed.values.dot(removed.pull);
    clear(group.removed, result.weights.row(row).data());
  }
  return Outcome::zeroed;
}

MULTIPRUNER_INLINE bool GlobalCompensation::solve_removed_side(const Group& group, const Eigen::MatrixXd& inverse,
                                                               CompensatedWeights& result) {
  Eigen::MatrixXd factor = select(inverse, group.removed, group.removed);
  if (!detail::factor_in_place(factor, detail::smallest_removal_pivot)) return false;
  Eigen::RowVectorXd multipliers(factor.rows());
  for (const Index row : group.rows) {
    double* const weights = &result.weights(row, 0);
    for (Index k = 0; k < multipliers.size(); ++k) multipliers(k) = weights[index(group.removed, k)];
    solve_rows(stored_rows(factor), stored_rows(multipliers));
    result.row_loss(row) = 0.5 * multipliers.squaredNorm();  // ½ w_P (C_PP)⁻¹ w_Pᵀ, half way
    solve_rows_transposed(stored_rows(factor), stored_rows(multipliers));
    for (Index k = 0; k < multipliers.size(); ++k) {
      detail::subtract_multiple(weights, multipliers(k), &inverse(0, index(group.removed, k)), inverse.rows());
    }
    clear(group.removed, weights);
  }
  return true;
}

MULTIPRUNER_INLINE bool GlobalCompensation::solve_kept_side(const Group& group, const Eigen::MatrixXd& hessian,
                                                            CompensatedWeights& result) {
  Eigen::MatrixXd factor = select(hessian, group.kept, group.kept);
  if (!detail::factor_in_place(factor)) return false;
  Eigen::RowVectorXd change(factor.rows());
  for (const Index row : group.rows) {
    double* const weights = &result.weights(row, 0);
    const RemovedWeights removed(result.weights.row(row), group, hessian);
    for (Index k = 0; k < change.size(); ++k) change(k) = removed.pull(index(group.kept, k));
    solve_rows(stored_rows(factor), stored_rows(change));
    // The gradient vanishes at kept weights, so that only the removed ones count: ½ w_P (H_PP w_P − H_PK δ_K), the
    // last of which is half solved.
    result.row_loss(row) = 0.5 * (removed.values.dot(removed.pull) - change.squaredNorm());
    solve_rows_transposed(stored_rows(factor), stored_rows(change));
    for (Index k = 0; k < change.size(); ++k) weights[index(group.kept, k)] += change(k);
    clear(group.removed, weights);
  }
  return true;
}

MULTIPRUNER_INLINE GlobalCompensation::RemovedWeights::RemovedWeights(Eigen::RowVectorXd weights, const Group& group,
                                                                      const Eigen::MatrixXd& hessian)
    : values(std::move(weights)) {
  clear(group.kept, values.data());
  pull = times_symmetric(values, hessian);
}

MULTIPRUNER_INLINE void GlobalCompensation::clear(const std::vector<Index>& indices, double* weights) {
  for (const Index i : indices) weights[i] = 0;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI
