// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>

#include <multipruner/search/lowest_score.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline search {

MULTIPRUNER_INLINE const Edit* LowestScore::lowest_of(const std::vector<Edit>& edits, const Plan& plan) const {
  const Edit* lowest = nullptr;
  double least = 0;
  for (const Edit& edit : edits) {
    const double score = score_ ? score_(edit, plan) : 0;
    if (!std::isfinite(score) || (lowest != nullptr && score >= least)) continue;
    lowest = &edit;
    least = score;
  }
  return lowest;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline search
