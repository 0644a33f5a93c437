// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/core/linkage.hpp>
#include <multipruner/sparsity/weight_compensation.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline sparse {

/// Solution S for compensation: SparseGPT's update with a given mask (arXiv 2301.00774, Algorithm 1). Removed weights
/// go one after the other from left to right, and the columns to the right of each make up for it; those to the left
/// are frozen.
///
/// Costs out · in². Does not fail, and the block changes only the time.
struct SequentialCompensation {
  Index block = 128;  ///< columns

  /// @throws OptionError for a block that cannot be, and where shapes disagree.
  [[nodiscard]] CompensatedWeights operator()(MatrixView<const double> weights, const WeightMask& mask,
                                              const DampedHessian& hessian) const;
};

static_assert(WeightCompensation<SequentialCompensation>);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline sparse

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/sparsity/sequential_compensation.ipp>
#endif
