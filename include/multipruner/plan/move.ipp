// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/plan/move.hpp>

namespace multipruner::inline MULTIPRUNER_ABI {

MULTIPRUNER_INLINE Plan apply(const Move& move, Plan plan) {
  plan.set_choice(move.block, move.choice);
  return plan;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI
