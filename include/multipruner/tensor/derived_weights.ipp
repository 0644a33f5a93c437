#pragma once

#include <multipruner/core/inline.hpp>
#include <multipruner/tensor/derived_weights.hpp>

namespace multipruner {

MULTIPRUNER_INLINE void DerivedWeights::release(const WeightView& weight) const noexcept {
  copies.release(weight);
  if (shared) shared->release(weight);
}

}  // namespace multipruner
