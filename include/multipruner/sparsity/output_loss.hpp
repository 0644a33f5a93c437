#pragma once

#include <multipruner/sparsity/detail/require_problem.hpp>
#include <multipruner/sparsity/detail/tiles.hpp>
#include <multipruner/sparsity/linear_problem.hpp>
#include <multipruner/tensor/products.hpp>

namespace multipruner {

/// What a change of the weights does to the output: ½ δHδᵀ of every row, with H = 2/N · G and no damping, which is the
/// squared error of that output over all tokens, divided by the number of sequences. Costs out · in².
/// @param changed out × in
/// @throws DataError for shapes that contradict each other, and what is not finite.
[[nodiscard]] inline Eigen::VectorXd output_loss(const LinearProblem& problem, const WeightMatrix& changed) {
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

}  // namespace multipruner
