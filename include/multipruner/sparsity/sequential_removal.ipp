#pragma once

#include <multipruner/sparsity/sequential_removal.hpp>

namespace multipruner::inline MULTIPRUNER_ABI {

MULTIPRUNER_INLINE WeightMask SequentialRemoval::operator()(const WeightMatrix& weights,
                                                            const DampedHessian& hessian) const {
  return SparseGpt{.pattern = pattern, .block = block}(weights, hessian).mask;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI
