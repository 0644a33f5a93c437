// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/core/linkage.hpp>
#include <multipruner/sparsity/removal_criterion.hpp>
#include <multipruner/sparsity/sparse_gpt.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline sparse {

/// The masks of SparseGPT (arXiv 2301.00774): a weight's score takes into account what the columns to its left have
/// lost before. Of SparseGPT's weights nothing stays, so that a compensation begins at those of the model.
///
/// Costs as much as SparseGPT: out · in².
struct SequentialRemoval {
  SparsityPattern pattern = Unstructured{};
  Index block = SparseGpt{}.block;  ///< columns

  /// @throws OptionError for patterns and blocks that cannot be, weights without memory, and the Hessian of others.
  [[nodiscard]] WeightMask operator()(MatrixView<const double> weights, const DampedHessian& hessian) const;
};

static_assert(RemovalCriterion<SequentialRemoval>);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline sparse

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/sparsity/sequential_removal.ipp>
#endif
