// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string_view>

#include <multipruner/core/linkage.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::simd {

/// What products are computed in: those of activations and weights, and the two of attention. Sums, norms, softmax and
/// loss are float32 or wider always, and so is the residual stream.
enum class Compute : std::uint8_t {
  float32,   ///< activations as they are, weights widened exactly
  bfloat16,  ///< both operands rounded to bfloat16; attention only with AMX
};

[[nodiscard]] constexpr std::string_view name_of(Compute compute) {
  return compute == Compute::float32 ? "float32" : "bfloat16";
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::simd
