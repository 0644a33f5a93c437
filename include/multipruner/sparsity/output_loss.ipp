#pragma once

#include <multipruner/core/error.hpp>
#include <multipruner/sparsity/detail/require_problem.hpp>
#include <multipruner/sparsity/detail/tiles.hpp>
#include <multipruner/sparsity/output_loss.hpp>
#include <multipruner/tensor/products.hpp>

namespace multipruner::inline MULTIPRUNER_ABI {

MULTIPRUNER_INLINE Eigen::VectorXd output_loss(const LinearProblem& problem, const WeightMatrix& changed) {
  detail::require_weights(problem);
  detail::require_gram(problem);
  if (changed.rows() != problem.weights.rows() || changed.cols() != problem.weights.cols()) {
    throw DataError(problem.name, "the changed weights have another shape", "Compare weights of the same layer");
  }
  Eigen::VectorXd loss(changed.rows());
  detail::for_each_tile(changed.rows(), [&](Index first, Index count) {
    const WeightMatrix change = changed.middleRows(first, count) - problem.weights.middleRows(first, count);
    const WeightMatrix gradient = times_symmetric(change, problem.gram);
    for (Index i = 0; i < count; ++i) {
      loss(first + i) = change.row(i).dot(gradient.row(i)) / static_cast<double>(problem.sequences);
    }
  });
  return loss;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI
