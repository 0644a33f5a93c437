// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include <multipruner/core/linkage.hpp>
#include <multipruner/graph/signal.hpp>
#include <multipruner/policy/sparsified_linear.hpp>
#include <multipruner/sparsity/linear_problem.hpp>
#include <multipruner/sparsity/pruned_weights.hpp>
#include <multipruner/tensor/weight_store.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// A linear of a block that is to be pruned; `weight` is replaced by the pruned one.
struct LinearToPrune {
  TensorRole role;
  WeightView* weight;
  Signal input;  ///< where the block shows what it reads
  bool output;   ///< whether it adds to the residual stream
};

/// Weights in the scalar type of a model. @throws DataError naming the linear where that cannot hold one.
[[nodiscard]] WeightView store_finite_weights(WeightStore& store, MatrixView<const double> weights, DType dtype,
                                              const std::string& name);

/// What became of a linear. @param stored  what the model has of the pruned weights
[[nodiscard]] SparsifiedLinear record_of(const LinearProblem& problem, const PrunedWeights& pruned,
                                         const WeightView& stored);

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/policy/detail/linear_to_prune.ipp>
#endif
