// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>

#include <multipruner/core/linkage.hpp>
#include <multipruner/sparsity/damped_hessian.hpp>
#include <multipruner/sparsity/weight_pruner.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline sparse {

/// A WeightPruner that works with a DampedHessian, so that layers with the same inputs (q, k and v; gate and up) can
/// share one: SparseGpt, Mrp, MaskAndCompensate.
template <class T>
concept HessianPruner = WeightPruner<T> &&
    requires(const T& pruner, const LinearProblem& problem, const DampedHessian& hessian) {
  { pruner(problem, hessian) } -> std::same_as<PrunedWeights>;
  { pruner.damping } -> std::convertible_to<double>;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline sparse
