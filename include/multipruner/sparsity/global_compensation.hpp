#pragma once

#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/sparsity/detail/removal_system.hpp>
#include <multipruner/sparsity/detail/sweep_columns.hpp>
#include <multipruner/sparsity/weight_compensation.hpp>

namespace multipruner::inline MULTIPRUNER_ABI {

/// Solution M for compensation, exactly: all removed weights P of a row at once, all kept weights K change. No other
/// weights with this mask have a lower cost ½ δHδᵀ.
///
/// The smaller side is solved. P: δ = −w_P (C_PP)⁻¹ C_P: with C the inverse Hessian (arXiv 2410.15567). K: δ_K =
/// w_P H_PK (H_KK)⁻¹, which needs no inverse, and is what a row falls back to. Rows with the same mask share a
/// factorisation.
///
/// Costs m³/3 + O(in · m) for a row, m being the smaller number of weights: out · in³/24 at 50 %, which is minutes for
/// a matrix of 4096² on a few cores, and hours for one of 4096 × 11008. If any row solves P, in³/3 for C, and its
/// memory.
struct GlobalCompensation {
  /// @throws OptionError where shapes disagree.
  [[nodiscard]] CompensatedWeights operator()(const WeightMatrix& weights, const WeightMask& mask,
                                              const DampedHessian& hessian) const;

 private:
  using Outcome = detail::RemovalOutcome;

  /// Rows with the same mask.
  struct Group {
    std::vector<Index> rows, removed, kept;
  };

  static bool solves_removed_side(const Group& group) { return group.removed.size() <= group.kept.size(); }

  static std::vector<Group> rows_by_mask(const WeightMask& mask);

  static Outcome solve(const Group& group, const Eigen::MatrixXd& inverse, const Eigen::MatrixXd& hessian,
                       CompensatedWeights& result);

  static bool solve_removed_side(const Group& group, const Eigen::MatrixXd& inverse, CompensatedWeights& result);

  static bool solve_kept_side(const Group& group, const Eigen::MatrixXd& hessian, CompensatedWeights& result);

  /// w_P of a row, zero at K, and w_P H_P: of all columns.
  struct RemovedWeights {
    Eigen::RowVectorXd values, pull;

    RemovedWeights(Eigen::RowVectorXd weights, const Group& group, const Eigen::MatrixXd& hessian);
  };

  static Index index(const std::vector<Index>& indices, Index k) { return indices[static_cast<std::size_t>(k)]; }

  static void clear(const std::vector<Index>& indices, double* weights);
};

static_assert(WeightCompensation<GlobalCompensation>);

}  // namespace multipruner::inline MULTIPRUNER_ABI

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/sparsity/global_compensation.ipp>
#endif
