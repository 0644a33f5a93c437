#pragma once

#include <multipruner/sparsity/weight_matrix.hpp>
#include <multipruner/tensor/eigen.hpp>

namespace multipruner::inline MULTIPRUNER_ABI {

MULTIPRUNER_INLINE WeightMatrix to_weight_matrix(const WeightView& weight) {
  return to_eigen<WeightMatrix>(weight);
}

}  // namespace multipruner::inline MULTIPRUNER_ABI
