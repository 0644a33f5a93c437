// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include <multipruner/core/error.hpp>
#include <multipruner/plan/detail/require_choice.hpp>
#include <multipruner/plan/plan.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline plan {

MULTIPRUNER_INLINE Plan::Plan(const ModelConfig& config) : blocks_(config.blocks) {
  choices_.reserve(static_cast<std::size_t>(config.num_blocks()));
  for (const BlockSpec& block : blocks_) choices_.push_back(block.whole());
}

MULTIPRUNER_INLINE Plan::Plan(const Graph& graph) : Plan(graph.config()) {
  for (Index position = 0; position < num_blocks(); ++position) set_choice({position}, graph.present({position}));
}

MULTIPRUNER_INLINE Index Plan::width(BlockAxis axis) const {
  const Choice& choice = this->choice(axis.block);
  (void)blocks_[axis.block].axis(axis.axis);
  return choice[axis.axis];
}

MULTIPRUNER_INLINE void Plan::set_choice(BlockId block, const Choice& choice) {
  require_allowed(block, choice);
  choices_[checked_position(block)] =
      is_gone(choice, block) ? Choice{} : choice;  // of switches nothing is left, either
}

MULTIPRUNER_INLINE void Plan::set_width(BlockAxis axis, Index width) {
  Choice choice = this->choice(axis.block);
  (void)blocks_[axis.block].axis(axis.axis);
  choice[axis.axis] = width;
  set_choice(axis.block, choice);
}

MULTIPRUNER_INLINE std::vector<BlockId> Plan::removed_blocks() const {
  std::vector<BlockId> blocks;
  for (Index position = 0; position < num_blocks(); ++position) {
    if (removed({position})) blocks.push_back({position});
  }
  return blocks;
}

MULTIPRUNER_INLINE std::size_t Plan::checked_position(BlockId block) const {
  if (block.position >= 0 && block.position < num_blocks()) return static_cast<std::size_t>(block.position);
  throw OptionError("plan, " + blocks_.label(block), "the model has " + std::to_string(num_blocks()) + " blocks",
                    "Use a plan that was made for this model");
}

MULTIPRUNER_INLINE void Plan::require_allowed(BlockId block, const Choice& choice) const {
  const BlockSpec& spec = blocks_[{static_cast<Index>(checked_position(block))}];
  detail::require_choice(spec, choice, spec.whole());
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline plan
