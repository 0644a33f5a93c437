// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <map>
#include <set>
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

namespace multipruner::inline MULTIPRUNER_ABI::inline search {

MULTIPRUNER_INLINE bool contains(const ProtectedBlocks& blocks, BlockId block) {
  return std::ranges::find(blocks, block) != blocks.end();
}

MULTIPRUNER_INLINE std::vector<Edit> BlockRemoval::edits(const Plan& plan) const {
  std::vector<Edit> edits;
  for (const Kind* kind : plan.blocks().kinds()) {
    for (Index position = 0; position < plan.num_blocks(); ++position) {
      const BlockId block{position};
      if (&plan.blocks()[block].kind() != kind || plan.removed(block) || contains(keep, block)) continue;
      edits.emplace_back(BlockChoice{block, {}});
    }
  }
  return edits;
}

MULTIPRUNER_INLINE std::vector<Edit> LayerRemoval::edits(const Plan& plan) const {
  std::map<Index, std::vector<BlockChoice>> layers;
  std::set<Index> kept;
  for (Index position = 0; position < plan.num_blocks(); ++position) {
    const BlockId block{position};
    const Index layer = plan.blocks()[block].layer();
    if (contains(keep, block)) kept.insert(layer);
    if (!plan.removed(block)) layers[layer].push_back({block, {}});
  }
  std::vector<Edit> edits;
  for (auto& [layer, blocks] : layers) {
    if (!kept.contains(layer)) edits.emplace_back(std::move(blocks));
  }
  return edits;
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

MULTIPRUNER_INLINE std::vector<Edit> WidthReduction::edits(const Plan& plan) const {
  std::vector<Edit> edits;
  for (const BlockAxis& axis : axes_) {
    Choice narrower = plan.choice(axis.block);
    narrower[axis.axis] -= group_;
    const bool is_switch = plan.blocks()[axis.block].kind().axes[axis.axis].is_switch;
    const Index least = is_switch ? 0 : 1;  // a block does not vanish with its switch
    if (narrower[axis.axis] >= least) edits.emplace_back(BlockChoice{axis.block, narrower});
  }
  return edits;
}

MULTIPRUNER_INLINE AlikeReduction::AlikeReduction(const ModelConfig& config, std::string_view axis, Index group,
                                                  const ProtectedBlocks& keep)
    : each_(config, axis, group) {
  for (const BlockAxis& narrowed : each_.axes()) {
    if (!contains(keep, narrowed.block)) continue;
    throw OptionError(
        "blocks to keep",
        "all blocks are to stay alike, and " + config.blocks.label(narrowed.block) + " is to stay as it is",
        "Keep none that becomes narrower");
  }
}

MULTIPRUNER_INLINE std::vector<Edit> AlikeReduction::edits(const Plan& plan) const {
  std::vector<BlockChoice> changes;
  for (const Edit& edit : each_.edits(plan)) changes.push_back(edit.front());
  std::size_t left = 0;
  for (const BlockAxis& axis : each_.axes()) left += plan.removed(axis.block) ? 0 : 1;
  if (changes.empty() || changes.size() < left) return {};
  return {Edit(std::move(changes))};
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline search
