// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/types.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::simd::detail {

/// What few models do to scores, each off where it is 0 or null; see AttentionShape.
struct ScoreTerms {
  Index window = 0;
  float soft_cap = 0;
  const float* slopes = nullptr;  ///< one for every head of the group
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::simd::detail
