// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/core/error.hpp>
#include <multipruner/plan/edit.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline plan {

MULTIPRUNER_INLINE const BlockChoice& Edit::front() const {
  if (!changes_.empty()) return changes_.front();
  throw OptionError("edit", "it changes no block", "Give a change of one block or more");
}

MULTIPRUNER_INLINE bool Edit::only_removes(const BlockList& blocks) const {
  return removals(blocks).size() == changes_.size();
}

MULTIPRUNER_INLINE std::vector<BlockId> Edit::removals(const BlockList& blocks) const {
  std::vector<BlockId> removed;
  for (const auto& [block, choice] : changes_) {
    if (blocks[block].kind().is_gone(choice)) removed.push_back(block);
  }
  return removed;
}

MULTIPRUNER_INLINE Plan apply(const Edit& edit, Plan plan) {
  for (const auto& [block, choice] : edit.changes()) plan.set_choice(block, choice);
  return plan;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline plan
