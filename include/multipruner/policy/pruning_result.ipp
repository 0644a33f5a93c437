// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/policy/pruning_result.hpp>

namespace multipruner::inline MULTIPRUNER_ABI {

MULTIPRUNER_INLINE std::vector<BlockId> removals_of(const PruningResult& result) {
  std::vector<BlockId> blocks;
  for (const PruningStep& step : result.steps) {
    if (result.plan.removed(step.search.move.block) && step.search.move.choice == Choice{}) {
      blocks.push_back(step.search.move.block);
    }
  }
  return blocks;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI
