// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/core/linkage.hpp>
#include <multipruner/plan/plan.hpp>

namespace multipruner::inline MULTIPRUNER_ABI {

/// One change of a plan: what a block keeps afterwards; nothing if it is removed.
struct Move {
  BlockId block;
  Choice choice{};

  friend constexpr bool operator==(const Move&, const Move&) = default;
};

[[nodiscard]] Plan apply(const Move& move, Plan plan);

}  // namespace multipruner::inline MULTIPRUNER_ABI

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/plan/move.ipp>
#endif
