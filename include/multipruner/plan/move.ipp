#pragma once

#include <multipruner/plan/move.hpp>

namespace multipruner::inline MULTIPRUNER_ABI {

MULTIPRUNER_INLINE Plan apply(Move move, Plan plan) {
  plan.set_width(move.block, move.width);
  return plan;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI
