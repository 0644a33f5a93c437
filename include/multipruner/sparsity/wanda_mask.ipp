#pragma once

#include <cmath>

#include <multipruner/sparsity/detail/lowest_mask.hpp>
#include <multipruner/sparsity/detail/require_problem.hpp>
#include <multipruner/sparsity/wanda_mask.hpp>

namespace multipruner::inline MULTIPRUNER_ABI {

MULTIPRUNER_INLINE PrunedWeights WandaMask::operator()(const LinearProblem& problem) const {
  detail::require_weights(problem);
  detail::require_gram(problem);
  const Eigen::VectorXd norms = (problem.gram.diagonal() / static_cast<double>(problem.sequences)).cwiseSqrt();

  PrunedWeights result;
  result.mask = detail::lowest_of_rows(problem.weights, pattern,
                                       [&](double weight, Index j) { return std::abs(weight) * norms(j); });
  result.weights = problem.weights;
  remove_masked(result.weights, result.mask);
  for (Index j = 0; j < norms.size(); ++j) {
    if (norms(j) == 0) result.dead_inputs.push_back(j);
  }
  return result;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI
