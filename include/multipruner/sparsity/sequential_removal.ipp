// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/sparsity/damped_hessian.hpp>
#include <multipruner/sparsity/sequential_removal.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline sparse {

MULTIPRUNER_INLINE WeightMask SequentialRemoval::operator()(MatrixView<const double> weights,
                                                            const DampedHessian& hessian) const {
  detail::require_hessian(weights, hessian);
  return SparseGpt{.pattern = pattern, .block = block}(copied(weights), hessian).mask;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline sparse
