// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/search/turn_memory.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline search {

MULTIPRUNER_INLINE bool TurnMemory::find(const CostKey& key, std::span<double> costs) const {
  return memory_->find(of_turn(key), costs);
}

MULTIPRUNER_INLINE CostKey TurnMemory::of_turn(CostKey key) const {
  key.start = start_;
  return key;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline search
