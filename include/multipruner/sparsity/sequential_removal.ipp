#pragma once

#include <multipruner/core/inline.hpp>
#include <multipruner/sparsity/sequential_removal.hpp>

namespace multipruner {

MULTIPRUNER_INLINE WeightMask SequentialRemoval::operator()(const WeightMatrix& weights,
                                                            const DampedHessian& hessian) const {
  return SparseGpt{.pattern = pattern, .block = block}(weights, hessian).mask;
}

}  // namespace multipruner
