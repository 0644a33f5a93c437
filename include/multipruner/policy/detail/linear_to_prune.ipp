// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/core/error.hpp>
#include <multipruner/graph/finite.hpp>
#include <multipruner/graph/store_weights.hpp>
#include <multipruner/policy/detail/linear_to_prune.hpp>
#include <multipruner/sparsity/output_loss.hpp>
#include <multipruner/sparsity/sparsity.hpp>
#include <multipruner/sparsity/weight_matrix.hpp>
#include <multipruner/tensor/eigen.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

MULTIPRUNER_INLINE WeightView store_finite_weights(WeightStore& store, MatrixView<const double> weights, DType dtype,
                                                   const std::string& name) {
  const WeightView stored = store_weights(store, weights, dtype);
  if (is_finite(stored)) return stored;
  throw DataError(name, "a weight that makes up for removed ones is too large for " + std::string(name_of(dtype)),
                  "Use more damping, or more calibration text");
}

/// What a change of all weights does to the output together.
[[nodiscard]] inline double total_output_loss(const LinearProblem& problem, MatrixView<const double> changed) {
  const Eigen::VectorXd loss =
      as_eigen(output_loss(problem, changed));  // aligned: the order of Eigen's sum depends on it
  return loss.sum();
}

MULTIPRUNER_INLINE SparsifiedLinear record_of(const LinearProblem& problem, const PrunedWeights& pruned,
                                              const WeightView& stored) {
  const WeightMatrix nothing = zero_matrix(problem.weights.rows, problem.weights.columns);
  return {.name = problem.name,
          .weights = stored.size(),
          .zeros = zeros_of(stored).count(),
          .output_loss = total_output_loss(problem, to_weight_matrix(stored).view()),
          .output_energy = total_output_loss(problem, nothing.view()),
          .damping = pruned.damping,
          .dead_inputs = static_cast<Index>(pruned.dead_inputs.size()),
          .kept_side_rows = static_cast<Index>(pruned.kept_side_rows.size()),
          .zeroed_rows = static_cast<Index>(pruned.zeroed_rows.size()),
          .unconverged_rows = static_cast<Index>(pruned.unconverged_rows.size())};
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
