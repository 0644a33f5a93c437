// SPDX-License-Identifier: MIT
#pragma once

#include <optional>

#include <multipruner/core/linkage.hpp>
#include <multipruner/sparsity/sparsity_pattern.hpp>
#include <multipruner/sparsity/weight_mask.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline sparse {

/// Percent of zeros in a matrix beyond which they are taken for a mask. Trained weights are zero by chance much more
/// rarely, in 16 bits, too.
inline constexpr double most_chance_zeros = 1;

/// Whether a matrix has so many zeros that somebody must have set them.
[[nodiscard]] bool is_mask(const WeightMask& zeros);

/// The N:M pattern of a mask, with the fewest weights in a group: one that accounts for nine tenths of what is removed,
/// of groups of up to 32, or else 2:4 or 4:8 if they hold, because there is hardware for them. Nothing where the mask
/// is none, or has no pattern.
[[nodiscard]] std::optional<NOfM> pattern_of(const WeightMask& mask);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline sparse

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/sparsity/mask_pattern.ipp>
#endif
