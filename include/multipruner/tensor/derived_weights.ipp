// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/tensor/derived_weights.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline tensor {

MULTIPRUNER_INLINE void DerivedWeights::release(const WeightView& weight) const noexcept {
  copies.release(weight);
  if (shared) shared->release(weight);
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline tensor
