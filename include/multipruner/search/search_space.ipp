// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <string>
#include <utility>

#include <multipruner/core/error.hpp>
#include <multipruner/search/search_space.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// @throws OptionError unless a group of channels is one or more whole units of an axis.
inline void require_whole_units(const BlockSpec& block, std::size_t axis, Index group) {
  const Index unit = block.axis(axis).unit;
  if (group >= 1 && group % unit == 0) return;
  throw OptionError(
      std::string(block.kind().name) + " group", std::to_string(group) + " channels cannot be removed together",
      "Use a positive multiple of " + std::to_string(unit) +
          (unit > 1 ? ", the channels of " + std::string(block.kind().axes[axis].name) + " that go together" : ""));
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI {

MULTIPRUNER_INLINE bool contains(const ProtectedBlocks& blocks, BlockId block) {
  return std::ranges::find(blocks, block) != blocks.end();
}

MULTIPRUNER_INLINE std::vector<Move> BlockRemoval::moves(const Plan& plan) const {
  std::vector<Move> moves;
  for (const Kind* kind : plan.blocks().kinds()) {
    for (Index position = 0; position < plan.num_blocks(); ++position) {
      const BlockId block{position};
      if (&plan.blocks()[block].kind() != kind || plan.removed(block) || contains(keep, block)) continue;
      moves.push_back({block, {}});
    }
  }
  return moves;
}

MULTIPRUNER_INLINE WidthReduction::WidthReduction(const ModelConfig& config, std::string_view axis_name, Index group,
                                                  ProtectedBlocks keep)
    : group_(group) {
  for (Index position = 0; position < config.num_blocks(); ++position) {
    const BlockSpec& block = config.blocks[{position}];
    for (std::size_t axis = 0; axis < block.kind().axes.size(); ++axis) {
      if (block.kind().axes[axis].name != axis_name) continue;
      detail::require_whole_units(block, axis, group);
      if (!contains(keep, {position})) axes_.push_back({BlockId{position}, axis});
    }
  }
  if (group < 1) {
    throw OptionError(std::string(axis_name) + " group", std::to_string(group) + " cannot be removed together",
                      "Use 1 or more");
  }
}

MULTIPRUNER_INLINE std::vector<Move> WidthReduction::moves(const Plan& plan) const {
  std::vector<Move> moves;
  for (const BlockAxis& axis : axes_) {
    Choice narrower = plan.choice(axis.block);
    narrower[axis.axis] -= group_;
    if (narrower[axis.axis] > 0) moves.push_back({axis.block, narrower});
  }
  return moves;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI
