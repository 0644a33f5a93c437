#pragma once

#include <multipruner/sparsity/detail/sweep_columns.hpp>
#include <multipruner/sparsity/weight_compensation.hpp>

namespace multipruner {

/// Solution S for compensation: SparseGPT's update with a given mask (arXiv 2301.00774, Algorithm 1). Removed weights
/// go one after the other from left to right, and the columns to the right of each make up for it; those to the left
/// are frozen.
///
/// Costs out · in². Does not fail, and the block changes only the time.
struct SequentialCompensation {
  Index block = 128;  ///< columns

  /// @throws OptionError for a block that cannot be, and where shapes disagree.
  [[nodiscard]] CompensatedWeights operator()(const WeightMatrix& weights, const WeightMask& mask,
                                              const DampedHessian& hessian) const {
    detail::require_block(block);
    detail::require_operands(weights, mask, hessian);
    const WeightMatrix& factor = hessian.inverse_factor();
    CompensatedWeights result;
    result.weights = weights;
    result.row_loss = detail::sweep_columns(result.weights, factor, block, [&](Index first, Index size) {
      return [&, first, size](Index tile, Index count, WeightMatrix& errors) {
        for (Index i = 0; i < count; ++i) {
          detail::remove_in_sequence(&result.weights(tile + i, first), &errors(i, 0), factor, first, size,
                                     [&](Index j) { return mask.removed(tile + i, first + j); });
        }
      };
    });
    return result;
  }
};

static_assert(WeightCompensation<SequentialCompensation>);

}  // namespace multipruner
