// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/policy/pruning_result.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline policy {

MULTIPRUNER_INLINE std::vector<BlockId> removals_of(const PruningResult& result) {
  std::vector<BlockId> blocks;
  for (const PruningStep& step : result.steps) {
    for (const BlockId block : step.search.edit.removals(result.plan.blocks())) {
      if (result.plan.removed(block)) blocks.push_back(block);
    }
  }
  return blocks;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline policy
