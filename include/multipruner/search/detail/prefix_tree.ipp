#pragma once

#include <multipruner/search/detail/prefix_tree.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

MULTIPRUNER_INLINE PrefixTree::Path PrefixTree::path(const Plan& plan) {
  Path path{root};
  for (Index position = 0; position < plan.num_blocks(); ++position) {
    const Index width = plan.width(block_at(position));
    if (width > 0) path.push_back(child(path.back(), position, width));
  }
  return path;
}

MULTIPRUNER_INLINE PrefixTree::Node PrefixTree::child(Node parent, Index position, Index width) {
  const auto [entry, is_new] = children_.try_emplace({parent, position, width}, static_cast<Node>(steps_.size()));
  if (is_new) steps_.push_back({parent, position, width});
  return entry->second;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
