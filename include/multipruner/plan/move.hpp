#pragma once

#include <multipruner/plan/plan.hpp>

namespace multipruner {

/// One change of a plan: a block is narrowed to `width`, or removed if `width` is 0.
struct Move {
  BlockId block;
  Index width = 0;

  friend constexpr bool operator==(Move, Move) = default;
};

[[nodiscard]] Plan apply(Move move, Plan plan);

}  // namespace multipruner

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/plan/move.ipp>
#endif
