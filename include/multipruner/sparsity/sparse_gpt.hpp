#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <multipruner/sparsity/damped_hessian.hpp>
#include <multipruner/sparsity/detail/lowest_mask.hpp>
#include <multipruner/sparsity/detail/sweep_columns.hpp>
#include <multipruner/sparsity/weight_pruner.hpp>

namespace multipruner {

/// SparseGPT (arXiv 2301.00774, Algorithm 1, and released code): block by block of columns, the weights with the lowest
/// w²/U_jj² go, one column after the other, and the columns to the right make up for them.
///
/// Unstructured, the lowest of a block are chosen over all its rows jointly when the block begins; in groups, row by
/// row when a group begins. Dead inputs lose their weights.
///
/// Costs out · in² multiplications and additions, and the Hessian's 2/3 in³.
struct SparseGpt {
  SparsityPattern pattern = Unstructured{};
  double damping = 0.01;  ///< relative to the mean diagonal entry of the Hessian
  Index block = 128;      ///< columns

  /// Unstructured: remove exactly the share of each block, rounded down. Otherwise as the released code does, which
  /// takes all scores up to the first that should stay: one weight more in each block, even where the ratio is 0.
  bool exact_count = true;

  /// @throws DataError, OptionError for problems and options that cannot be.
  [[nodiscard]] PrunedWeights operator()(const LinearProblem& problem) const {
    require_options(problem.weights.cols());
    return (*this)(problem, DampedHessian(problem, damping));
  }

  /// The same with a Hessian that several layers share; `damping` is not looked at.
  [[nodiscard]] PrunedWeights operator()(const LinearProblem& problem, const DampedHessian& hessian) const {
    require_options(problem.weights.cols());
    return (*this)(live_weights(problem, hessian), hessian);
  }

  /// The same with weights that are zero already where inputs are dead (`live_weights`).
  [[nodiscard]] PrunedWeights operator()(WeightMatrix weights, const DampedHessian& hessian) const {
    require_options(weights.cols());
    detail::require_hessian(weights, hessian);
    PrunedWeights result;
    result.mask = WeightMask(weights.rows(), weights.cols());
    result.weights = std::move(weights);
    result.row_loss = prune(result.weights, hessian.inverse_factor(), result.mask);
    result.damping = hessian.damping();
    result.dead_inputs = hessian.dead_inputs();
    return result;
  }

 private:
  void require_options(Index columns) const {
    detail::require_block(block);
    require_pattern(pattern, columns);
    const auto* const group = std::get_if<NOfM>(&pattern);
    if (group == nullptr || block % group->group == 0) return;
    throw OptionError("block", std::to_string(block) + " columns are not made of groups of " + to_string(pattern),
                      "Choose a multiple of the group");
  }

  /// Chooses the weights that a block loses, before any of them is removed.
  void choose_in_block(const WeightMatrix& weights, const WeightMatrix& factor, Index first, Index size,
                       WeightMask& mask) const {
    const auto scores = detail::scores_of_block(
        weights, first, size, [&](double weight, Index j) { return weight * weight / (factor(j, j) * factor(j, j)); });
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

  /// Chooses the weights that a group of a row loses; the columns before it are done.
  /// @param weights of the group
  static void choose_in_group(const double* weights, const WeightMatrix& factor, Index row, Index begin, NOfM group,
                              std::vector<double>& scores, WeightMask& mask) {
    scores.resize(static_cast<std::size_t>(group.group));
    for (Index j = 0; j < group.group; ++j) {
      const double diagonal = factor(begin + j, begin + j);
      scores[static_cast<std::size_t>(j)] = weights[j] * weights[j] / (diagonal * diagonal);
    }
    detail::for_lowest_of_group(scores, group.removed, [&](Index j) { mask.remove(row, begin + j); });
  }

  [[nodiscard]] Eigen::VectorXd prune(WeightMatrix& weights, const WeightMatrix& factor, WeightMask& mask) const {
    const auto* const group = std::get_if<NOfM>(&pattern);
    return detail::sweep_columns(weights, factor, block, [&, group](Index first, Index size) {
      if (group == nullptr) choose_in_block(weights, factor, first, size, mask);
      return [&, group, first, size](Index tile, Index count, WeightMatrix& errors) {
        std::vector<double> scores;
        for (Index row = tile; row < tile + count; ++row) {
          double* const block_weights = &weights(row, first);
          const auto removed = [&](Index j) {
            if (group != nullptr && j % group->group == 0) {
              choose_in_group(block_weights + j, factor, row, first + j, *group, scores, mask);
            }
            return mask.removed(row, first + j);
          };
          detail::remove_in_sequence(block_weights, &errors(row - tile, 0), factor, first, size, removed);
        }
      };
    });
  }
};

static_assert(WeightPruner<SparseGpt>);

}  // namespace multipruner
