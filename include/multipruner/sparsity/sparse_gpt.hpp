// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/sparsity/damped_hessian.hpp>
#include <multipruner/sparsity/sparsity_pattern.hpp>
#include <multipruner/sparsity/weight_pruner.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline sparse {

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
  [[nodiscard]] PrunedWeights operator()(const LinearProblem& problem) const;

  /// The same with a Hessian that several layers share; `damping` is not looked at.
  [[nodiscard]] PrunedWeights operator()(const LinearProblem& problem, const DampedHessian& hessian) const;

  /// The same with weights that are zero already where inputs are dead (`live_weights`).
  [[nodiscard]] PrunedWeights operator()(WeightMatrix weights, const DampedHessian& hessian) const;

 private:
  void require_options(Index columns) const;

  /// Chooses the weights that a block loses, before any of them is removed.
  void choose_in_block(MatrixView<const double> weights, MatrixView<const double> factor, Index first, Index size,
                       WeightMask& mask) const;

  /// Chooses the weights that a group of a row loses; the columns before it are done.
  /// @param weights of the group
  static void choose_in_group(const double* weights, MatrixView<const double> factor, Index row, Index begin,
                              NOfM group, std::vector<double>& scores, WeightMask& mask);

  [[nodiscard]] std::vector<double> prune(MatrixView<double> weights, MatrixView<const double> factor,
                                          WeightMask& mask) const;
};

static_assert(WeightPruner<SparseGpt>);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline sparse

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/sparsity/sparse_gpt.ipp>
#endif
