// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <variant>

#include <multipruner/core/error.hpp>
#include <multipruner/sparsity/detail/lowest_mask.hpp>
#include <multipruner/sparsity/detail/sweep_columns.hpp>
#include <multipruner/sparsity/sparse_gpt.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline sparse {

MULTIPRUNER_INLINE PrunedWeights SparseGpt::operator()(const LinearProblem& problem) const {
  require_options(problem.weights.columns);
  return (*this)(problem, DampedHessian(problem, damping));
}

MULTIPRUNER_INLINE PrunedWeights SparseGpt::operator()(const LinearProblem& problem,
                                                       const DampedHessian& hessian) const {
  require_options(problem.weights.columns);
  return (*this)(live_weights(problem, hessian), hessian);
}

MULTIPRUNER_INLINE PrunedWeights SparseGpt::operator()(WeightMatrix weights, const DampedHessian& hessian) const {
  require_options(weights.columns());
  detail::require_hessian(weights.view(), hessian);
  PrunedWeights result;
  result.mask = WeightMask(weights.rows(), weights.columns());
  result.weights = std::move(weights);
  result.row_loss = prune(result.weights.view(), hessian.inverse_factor(), result.mask);
  result.damping = hessian.damping();
  result.dead_inputs = hessian.dead_inputs();
  return result;
}

MULTIPRUNER_INLINE void SparseGpt::require_options(Index columns) const {
  detail::require_block(block);
  require_pattern(pattern, columns);
  const auto* const group = std::get_if<NOfM>(&pattern);
  if (group == nullptr || block % group->group == 0) return;
  throw OptionError("block", std::to_string(block) + " columns are not made of groups of " + to_string(pattern),
                    "Choose a multiple of the group");
}

MULTIPRUNER_INLINE void SparseGpt::choose_in_block(MatrixView<const double> weights, MatrixView<const double> factor,
                                                   Index first, Index size, WeightMask& mask) const {
  const auto scores = detail::scores_of_block(weights, first, size, [&](double weight, Index j) {
    return weight * weight / (factor.row(j)[j] * factor.row(j)[j]);
  });
  const auto total = static_cast<Index>(scores.size());
  const Index count = removed_count(std::get<Unstructured>(pattern), total);
  const auto remove = [&](Index i) { mask.remove(i / size, first + i % size); };
  std::vector<double> scratch;
  if (exact_count) {
    detail::for_lowest(scores, count, scratch, remove);
  } else if (total > 0) {
    detail::for_up_to_rank(scores, std::min(count, total - 1), scratch, remove);
  }
}

MULTIPRUNER_INLINE void SparseGpt::choose_in_group(const double* weights, MatrixView<const double> factor, Index row,
                                                   Index begin, NOfM group, std::vector<double>& scores,
                                                   WeightMask& mask) {
  scores.resize(static_cast<std::size_t>(group.group));
  for (Index j = 0; j < group.group; ++j) {
    const double diagonal = factor.row(begin + j)[begin + j];
    scores[static_cast<std::size_t>(j)] = weights[j] * weights[j] / (diagonal * diagonal);
  }
  detail::for_lowest_of_group(scores, group.removed, [&](Index j) { mask.remove(row, begin + j); });
}

MULTIPRUNER_INLINE std::vector<double> SparseGpt::prune(MatrixView<double> weights, MatrixView<const double> factor,
                                                        WeightMask& mask) const {
  const auto* const group = std::get_if<NOfM>(&pattern);
  return detail::sweep_columns(weights, factor, block, [&, group](Index first, Index size) {
    if (group == nullptr) choose_in_block(weights, factor, first, size, mask);
    return [&, group, first, size](Index tile, Index count, MatrixView<double> errors) {
      std::vector<double> scores;
      for (Index row = tile; row < tile + count; ++row) {
        double* const block_weights = weights.row(row) + first;
        const auto removed = [&](Index j) {
          if (group != nullptr && j % group->group == 0) {
            choose_in_group(block_weights + j, factor, row, first + j, *group, scores, mask);
          }
          return mask.removed(row, first + j);
        };
        detail::remove_in_sequence(block_weights, errors.row(row - tile), factor, first, size, removed);
      }
    };
  });
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline sparse
