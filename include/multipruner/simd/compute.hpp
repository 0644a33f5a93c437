// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string_view>

#include <multipruner/core/linkage.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::simd {

/// What the products of activations and weights are computed in. Sums, norms, softmax and loss are float32 or wider
/// always, and so is the residual stream.
enum class Compute : std::uint8_t {
  float32,   ///< activations as they are, weights widened exactly
  bfloat16,  ///< activations and weights rounded to bfloat16
};

[[nodiscard]] constexpr std::string_view name_of(Compute compute) {
  return compute == Compute::float32 ? "float32" : "bfloat16";
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::simd
