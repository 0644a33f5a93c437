// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/sparsity/detail/sweep_columns.hpp>
#include <multipruner/sparsity/sequential_compensation.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline sparse {

MULTIPRUNER_INLINE CompensatedWeights SequentialCompensation::operator()(MatrixView<const double> weights,
                                                                         const WeightMask& mask,
                                                                         const DampedHessian& hessian) const {
  detail::require_block(block);
  detail::require_operands(weights, mask, hessian);
  const MatrixView<const double> factor = hessian.inverse_factor();
  CompensatedWeights result;
  result.weights = copied(weights);
  const MatrixView<double> changed = result.weights.view();
  result.row_loss = detail::sweep_columns(changed, factor, block, [&](Index first, Index size) {
    return [&, first, size](Index tile, Index count, MatrixView<double> errors) {
      for (Index i = 0; i < count; ++i) {
        detail::remove_in_sequence(changed.row(tile + i) + first, errors.row(i), factor, first, size,
                                   [&](Index j) { return mask.removed(tile + i, first + j); });
      }
    };
  });
  return result;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline sparse
