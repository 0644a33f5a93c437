// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>

#include <multipruner/core/linkage.hpp>
#include <multipruner/sparsity/linear_problem.hpp>
#include <multipruner/sparsity/pruned_weights.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline sparse {

/// A method that removes weights from one linear layer at a time: Wanda, SparseGpt, Mrp, or a lambda of yours.
///
/// Requirements: the number and places of removed weights follow from the options and the problem alone; the same
/// problem gives the same bits with any number of threads; it can be called from several threads; a problem that is not
/// finite, or whose shapes contradict each other, is a DataError that names it.
template <class T>
concept WeightPruner = requires(const T& pruner, const LinearProblem& problem) {
  { pruner(problem) } -> std::same_as<PrunedWeights>;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline sparse
