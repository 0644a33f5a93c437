// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/types.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline search {

/// How much LazyGreedy leaves unmeasured.
struct LazyGreedyOptions {
  /// By what share of itself what an edit adds to the cost may have fallen since it was measured. Larger: more is
  /// measured again. From 0 on.
  double slack = 0.1;

  /// All open edits are measured in one of so many steps, beginning with the first; 0: in that one alone.
  Index full_step_every = 8;

  /// Edits of blocks at most so far from one that the last step changed are measured again, whatever they cost before.
  Index neighbours = 1;

  /// Below 1: edits are compared on about this share of the windows first, where the problem has estimates, and only
  /// the `finalists` that look cheapest there are measured to the end. An Evaluator needs `least_parts` for that.
  double screen = 1;
  Index finalists = 3;

  /// Edits that a step takes at most, in different blocks. With more than one, all of them are measured together, once.
  Index most_edits = 1;

  /// By what share of what they add alone the cost of edits that are taken together may be above their sum; otherwise
  /// fewer are taken.
  double tolerance = 0.1;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline search
