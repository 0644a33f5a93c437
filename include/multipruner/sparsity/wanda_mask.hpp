#pragma once

#include <cmath>

#include <multipruner/sparsity/detail/lowest_mask.hpp>
#include <multipruner/sparsity/detail/require_problem.hpp>
#include <multipruner/sparsity/weight_pruner.hpp>

namespace multipruner {

/// Wanda (arXiv 2306.11695, released code): removes the weights with the lowest |W_ij|·‖x_j‖ of every row, or of every
/// group of a row; of equal ones the first. The other weights stay as they are.
///
/// Costs out · in; of the Gram matrix it needs only the diagonal. `row_loss` stays empty: see `output_loss`.
struct WandaMask {
  SparsityPattern pattern = Unstructured{};

  /// @throws DataError, OptionError for problems and patterns that cannot be.
  [[nodiscard]] PrunedWeights operator()(const LinearProblem& problem) const {
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
};

static_assert(WeightPruner<WandaMask>);

}  // namespace multipruner
