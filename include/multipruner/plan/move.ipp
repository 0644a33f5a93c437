#pragma once

#include <multipruner/core/inline.hpp>
#include <multipruner/plan/move.hpp>

namespace multipruner {

MULTIPRUNER_INLINE Plan apply(Move move, Plan plan) {
  plan.set_width(move.block, move.width);
  return plan;
}

}  // namespace multipruner
