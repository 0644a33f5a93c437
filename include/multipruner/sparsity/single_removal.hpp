// SPDX-License-Identifier: MIT
#pragma once

#include <optional>

#include <multipruner/core/linkage.hpp>
#include <multipruner/sparsity/damped_hessian.hpp>
#include <multipruner/sparsity/removal_criterion.hpp>
#include <multipruner/sparsity/sparsity_pattern.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline sparse {

/// Solution S for masks (arXiv 2410.15567): a weight's score is what its removal alone would cost, w_j²/(2 C_jj) with C
/// the inverse Hessian. The lowest go from every row or group, as many as the pattern says, rounded down.
///
/// Costs in²/2 + out · in.
struct SingleRemoval {
  SparsityPattern pattern = Unstructured{};

  /// Unstructured: choose the lowest of all rows jointly in blocks of so many columns, as SparseGPT does, instead of
  /// row by row.
  std::optional<Index> joint_block{};

  /// @throws OptionError for patterns and blocks that cannot be.
  [[nodiscard]] WeightMask operator()(MatrixView<const double> weights, const DampedHessian& hessian) const;
};

static_assert(RemovalCriterion<SingleRemoval>);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline sparse

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/sparsity/single_removal.ipp>
#endif
