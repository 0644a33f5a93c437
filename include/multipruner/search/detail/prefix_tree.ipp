// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/search/detail/prefix_tree.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

MULTIPRUNER_INLINE PrefixTree::Path PrefixTree::path(const Plan& plan) {
  Path path{root};
  for (Index position = 0; position < plan.num_blocks(); ++position) {
    const BlockId block{position};
    if (plan.removed(block) && !plan.blocks()[block].has_shortcut()) continue;
    path.push_back(child(path.back(), position, plan.choice(block)));
  }
  return path;
}

MULTIPRUNER_INLINE PrefixTree::Node PrefixTree::child(Node parent, Index position, const Choice& choice) {
  const auto [entry, is_new] = children_.try_emplace({parent, position, choice}, static_cast<Node>(steps_.size()));
  if (is_new) steps_.push_back({parent, position, choice});
  return entry->second;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
