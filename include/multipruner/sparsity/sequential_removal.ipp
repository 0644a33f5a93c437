#pragma once

#include <multipruner/sparsity/sequential_removal.hpp>

namespace multipruner::inline MULTIPRUNER_ABI {

MULTIPRUNER_INLINE WeightMask SequentialRemoval::operator()(MatrixView<const double> weights,
                                                            const DampedHessian& hessian) const {
  return SparseGpt{.pattern = pattern, .block = block}(copied(weights), hessian).mask;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI
