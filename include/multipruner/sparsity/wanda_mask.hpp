// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/core/linkage.hpp>
#include <multipruner/sparsity/sparsity_pattern.hpp>
#include <multipruner/sparsity/weight_pruner.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline sparse {

/// Wanda (arXiv 2306.11695, released code): removes the weights with the lowest |W_ij|·‖x_j‖ of every row, or of every
/// group of a row; of equal ones the first. The other weights stay as they are.
///
/// Costs out · in; of the Gram matrix it needs only the diagonal. `row_loss` stays empty: see `output_loss`.
struct WandaMask {
  SparsityPattern pattern = Unstructured{};

  /// @throws DataError, OptionError for problems and patterns that cannot be.
  [[nodiscard]] PrunedWeights operator()(const LinearProblem& problem) const;
};

static_assert(WeightPruner<WandaMask>);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline sparse

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/sparsity/wanda_mask.ipp>
#endif
