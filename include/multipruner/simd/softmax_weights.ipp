// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <limits>
#include <string>

#include <multipruner/core/error.hpp>
#include <multipruner/simd/detail/reduce.hpp>
#include <multipruner/simd/softmax_weights.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::simd {

MULTIPRUNER_INLINE void softmax_weights(std::span<float> logits, double temperature) {
  using namespace detail;
  if (!(temperature > 0)) {
    throw OptionError("temperature", "is " + std::to_string(temperature), "Give one above 0");
  }
  const auto count = static_cast<Index>(logits.size());
  const Batch origin = exponent_origin(Batch(largest(logits.data(), count)));
  constexpr double most = std::numeric_limits<float>::max();
  const Batch factor(static_cast<float>(std::min(1 / temperature, most)));
  for (Index j = 0; j < count; j += lanes) {
    const Index left = count - j;
    const Batch logit = load_first(logits.data() + j, left, 0.0f);
    store_first(exponential((logit - origin) * factor), logits.data() + j, left);
  }
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::simd
