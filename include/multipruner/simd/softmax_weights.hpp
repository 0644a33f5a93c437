// SPDX-License-Identifier: MIT
#pragma once

#include <span>

#include <multipruner/core/linkage.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::simd {

/// logits = exp((logits − the largest) / temperature) in place: softmax before it is divided by its sum.
///
/// @throws OptionError for a temperature that is not above 0
void softmax_weights(std::span<float> logits, double temperature = 1);

}  // namespace multipruner::inline MULTIPRUNER_ABI::simd

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/simd/softmax_weights.ipp>
#endif
