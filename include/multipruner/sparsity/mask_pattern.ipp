// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/sparsity/mask_pattern.hpp>
#include <multipruner/sparsity/sparsity.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline sparse {

MULTIPRUNER_INLINE bool is_mask(const WeightMask& zeros) {
  return sparsity(zeros) > most_chance_zeros;
}

MULTIPRUNER_INLINE std::optional<NOfM> pattern_of(const WeightMask& mask) {
  constexpr Index largest_group = 32;
  if (!is_mask(mask)) return std::nullopt;
  const Index zeros = mask.count(), weights = mask.rows() * mask.columns();
  for (Index group = 2; group <= largest_group; ++group) {
    const NOfM pattern{zeros * group / weights, group};
    const bool explains = 10 * pattern.removed * weights >= 9 * zeros * group;
    if (explains && pattern.removed < group && satisfies(mask, pattern)) return pattern;
  }
  for (const NOfM pattern : {NOfM{2, 4}, NOfM{4, 8}}) {
    if (satisfies(mask, pattern)) return pattern;
  }
  return std::nullopt;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline sparse
