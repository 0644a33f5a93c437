#pragma once

#include <multipruner/plan/plan.hpp>

namespace multipruner {

/// One change of a plan: a block is narrowed to `width`, or removed if `width` is 0.
struct Move {
  BlockId block;
  Index width = 0;

  friend constexpr bool operator==(Move, Move) = default;
};

[[nodiscard]] inline Plan apply(Move move, Plan plan) {
  plan.set_width(move.block, move.width);
  return plan;
}

}  // namespace multipruner
