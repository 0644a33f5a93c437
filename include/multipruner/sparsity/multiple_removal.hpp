// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/sparsity/damped_hessian.hpp>
#include <multipruner/sparsity/removal_criterion.hpp>
#include <multipruner/sparsity/sparsity_pattern.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline sparse {

/// Solution M for N:M masks (arXiv 2410.15567): of all subsets Q of N weights of a group, the one whose removal
/// together costs the least, ½ w_Q (C_QQ)⁻¹ w_Qᵀ with C the inverse Hessian; of equal ones the first in lexicographic
/// order. Groups are chosen independently.
///
/// Costs binom(M, N) · N² for every group of every row: 24 for 2:4, 1120 for 4:8.
struct MultipleRemoval {
  NOfM pattern{};

  /// Subsets of a group, at most; there are 70 for 4:8 and 12870 for 8:16.
  static constexpr std::size_t max_subsets = 20000;

  /// @throws OptionError for patterns that cannot be, or have too many subsets.
  [[nodiscard]] WeightMask operator()(MatrixView<const double> weights, const DampedHessian& hessian) const;

 private:
  /// All subsets of N of {0, ..., M − 1}, in lexicographic order.
  [[nodiscard]] std::vector<std::vector<Index>> all_subsets() const;

  /// Turns a subset of {0, ..., group − 1} into the next one in lexicographic order; false after the last one.
  static bool next_subset(std::vector<Index>& subset, Index group);
};

static_assert(RemovalCriterion<MultipleRemoval>);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline sparse

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/sparsity/multiple_removal.ipp>
#endif
