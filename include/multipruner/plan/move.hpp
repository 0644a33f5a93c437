#pragma once

#include <multipruner/core/linkage.hpp>
#include <multipruner/plan/plan.hpp>

namespace multipruner::inline MULTIPRUNER_ABI {

/// One change of a plan: a block is narrowed to `width`, or removed if `width` is 0.
struct Move {
  BlockId block;
  Index width = 0;

  friend constexpr bool operator==(Move, Move) = default;
};

[[nodiscard]] Plan apply(Move move, Plan plan);

}  // namespace multipruner::inline MULTIPRUNER_ABI

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/plan/move.ipp>
#endif
