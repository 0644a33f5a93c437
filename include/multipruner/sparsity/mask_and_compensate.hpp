// SPDX-License-Identifier: MIT
#pragma once

#include <utility>

#include <multipruner/core/linkage.hpp>
#include <multipruner/sparsity/removal_criterion.hpp>
#include <multipruner/sparsity/weight_compensation.hpp>
#include <multipruner/sparsity/weight_pruner.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline sparse {

/// A WeightPruner of two policies: one chooses the mask, then the other one makes up for what it removes.
///
/// @tparam Criterion SingleRemoval, MultipleRemoval, SequentialRemoval, or any RemovalCriterion of yours
/// @tparam Compensation BlockedCompensation, GlobalCompensation, ..., or any WeightCompensation of yours
template <class Criterion, class Compensation>
struct MaskAndCompensate {
  static_assert(RemovalCriterion<Criterion>,
                "MaskAndCompensate<Criterion, Compensation>: Criterion must be a RemovalCriterion: "
                "criterion(weights, hessian) returning a WeightMask");
  static_assert(WeightCompensation<Compensation>,
                "MaskAndCompensate<Criterion, Compensation>: Compensation must be a WeightCompensation: "
                "compensation(weights, mask, hessian) returning CompensatedWeights");

  Criterion criterion{};
  Compensation compensation{};
  double damping = 0.01;  ///< relative to the mean diagonal entry of the Hessian

  /// @throws DataError, OptionError for problems and options that cannot be.
  [[nodiscard]] PrunedWeights operator()(const LinearProblem& problem) const {
    return (*this)(problem, DampedHessian(problem, damping));
  }

  /// The same with a Hessian that several layers share; `damping` is not looked at.
  [[nodiscard]] PrunedWeights operator()(const LinearProblem& problem, const DampedHessian& hessian) const {
    const WeightMatrix weights = live_weights(problem, hessian);
    WeightMask mask = criterion(weights.view(), hessian);
    CompensatedWeights compensated = compensation(weights.view(), mask, hessian);
    return {std::move(compensated), std::move(mask), hessian.damping(), hessian.dead_inputs()};
  }
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline sparse
