// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/core/linkage.hpp>
#include <multipruner/sparsity/weight_compensation.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline sparse {

/// Solution M for compensation, block by block of columns: the removed weights P of a block go together, at the least
/// cost for the columns that are not yet done, δ = −w_P (C_PP)⁻¹ C_P: (arXiv 2410.15567; the blocks are SparseGPT's). C
/// is the inverse Hessian without the columns to the left of the block, which are frozen; kept weights inside the block
/// change, too. One block is GlobalCompensation, blocks of one column are SequentialCompensation.
///
/// Costs out · in² as SequentialCompensation does, and in every row and block a Cholesky factorisation of the smaller
/// of removed and kept weights: at 50 % out · in · block²/24 in all.
struct BlockedCompensation {
  Index block = 128;  ///< columns; large ones are for tests, since a thread needs up to 64 · block² bytes

  /// @throws OptionError for a block that cannot be, and where shapes disagree.
  [[nodiscard]] CompensatedWeights operator()(MatrixView<const double> weights, const WeightMask& mask,
                                              const DampedHessian& hessian) const;
};

static_assert(WeightCompensation<BlockedCompensation>);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline sparse

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/sparsity/blocked_compensation.ipp>
#endif
