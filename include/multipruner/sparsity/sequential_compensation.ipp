#pragma once

#include <multipruner/sparsity/detail/sweep_columns.hpp>
#include <multipruner/sparsity/sequential_compensation.hpp>

namespace multipruner::inline MULTIPRUNER_ABI {

MULTIPRUNER_INLINE CompensatedWeights SequentialCompensation::operator()(const WeightMatrix& weights,
                                                                         const WeightMask& mask,
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

}  // namespace multipruner::inline MULTIPRUNER_ABI
