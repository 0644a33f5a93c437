#pragma once

#include <optional>

#include <multipruner/sparsity/sparsity.hpp>

namespace multipruner {

/// Percent of zeros in a matrix beyond which they are taken for a mask. Trained weights are zero by chance much more
/// rarely, in 16 bits, too.
inline constexpr double most_chance_zeros = 1;

/// Whether a matrix has so many zeros that somebody must have set them.
[[nodiscard]] inline bool is_mask(const WeightMask& zeros) {
  return sparsity(zeros) > most_chance_zeros;
}

/// The N:M pattern of a mask, with the fewest weights in a group: one that accounts for nine tenths of what is removed,
/// of groups of up to 32, or else 2:4 or 4:8 if they hold, because there is hardware for them. Nothing where the mask
/// is none, or has no pattern.
[[nodiscard]] inline std::optional<NOfM> pattern_of(const WeightMask& mask) {
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

}  // namespace multipruner
