// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>

#include <multipruner/blocks/workspace.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline blocks {

MULTIPRUNER_INLINE Matrix<float>& Workspace::buffer(std::size_t i) {
  while (buffers_.size() <= i) buffers_.emplace_back();
  return buffers_[i];
}

MULTIPRUNER_INLINE const RotaryTable& Workspace::rotary(const RopeConfig& rope, Index head_dim, Index positions) {
  const auto known = std::ranges::find_if(
      rotary_, [&](const KnownTable& table) { return table.head_dim == head_dim && table.rope == rope; });
  if (known == rotary_.end()) {
    rotary_.push_back({rope, head_dim, RotaryTable(rope, head_dim, positions)});
    return rotary_.back().table;
  }
  if (const Index count = known->table.count(); count < positions) {
    // Generation asks for one position more every time: growing by half keeps the work linear.
    known->table = RotaryTable(rope, head_dim, std::max(positions, count + count / 2));
  }
  return known->table;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline blocks
