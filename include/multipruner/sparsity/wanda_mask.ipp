// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <cstddef>
#include <vector>

#include <multipruner/sparsity/detail/lowest_mask.hpp>
#include <multipruner/sparsity/detail/require_problem.hpp>
#include <multipruner/sparsity/wanda_mask.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline sparse {

MULTIPRUNER_INLINE PrunedWeights WandaMask::operator()(const LinearProblem& problem) const {
  detail::require_weights(problem);
  detail::require_gram(problem);
  std::vector<double> norms(static_cast<std::size_t>(problem.gram.rows));
  for (std::size_t j = 0; j < norms.size(); ++j) {
    const auto row = static_cast<Index>(j);
    norms[j] = std::sqrt(problem.gram.row(row)[row] / static_cast<double>(problem.sequences));
  }

  PrunedWeights result;
  result.mask = detail::lowest_of_rows(problem.weights, pattern, [&](double weight, Index j) {
    return std::abs(weight) * norms[static_cast<std::size_t>(j)];
  });
  result.weights = copied(problem.weights);
  remove_masked(result.weights.view(), result.mask);
  for (std::size_t j = 0; j < norms.size(); ++j) {
    if (norms[j] == 0) result.dead_inputs.push_back(static_cast<Index>(j));
  }
  return result;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline sparse
