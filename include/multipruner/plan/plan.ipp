#pragma once

#include <algorithm>
#include <string>

#include <multipruner/core/error.hpp>
#include <multipruner/plan/plan.hpp>
#include <multipruner/tensor/require_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI {

MULTIPRUNER_INLINE Plan::Plan(const ModelConfig& config) : whole_(whole_widths(config)) {
  if (config.num_key_value_heads > 0) group_width_ = std::max(config.group_width(), Index{1});
  widths_.reserve(static_cast<std::size_t>(config.num_blocks()));
  for (Index layer = 0; layer < config.num_hidden_layers; ++layer) {
    widths_.insert(widths_.end(), whole_.begin(), whole_.end());
  }
}

MULTIPRUNER_INLINE Plan::Plan(const Graph& graph) : Plan(graph.config()) {
  for (const BlockId block : graph.origin().removal_order) {
    if (graph.width(block) == 0) remove(block);
  }
  for (Index position = 0; position < num_blocks(); ++position) {
    const BlockId block = block_at(position);
    if (graph.width(block) == 0) {
      remove(block);
    } else {
      set_width(block, graph.width(block));
    }
  }
}

MULTIPRUNER_INLINE void Plan::set_width(BlockId block, Index width) {
  if (width == 0) return remove(block);
  require_width(block, width);
  if (removed(block)) std::erase(removal_order_, block);
  widths_[checked_position(block)] = width;
}

MULTIPRUNER_INLINE void Plan::remove(BlockId block) {
  if (!removed(block)) removal_order_.push_back(block);
  widths_[checked_position(block)] = 0;
}

MULTIPRUNER_INLINE Plan::WidthByKind Plan::whole_widths(const ModelConfig& config) {
  require_range(0, config.num_hidden_layers, largest_size, "plan", "layers");
  require_range(0, config.num_attention_heads, largest_size, "plan", "attention heads");
  require_range(0, config.head_dim, largest_size, "plan", "channels of a head");
  require_range(0, config.intermediate_size, largest_size, "plan", "MLP channels");
  require_range(0, config.attention_width(), largest_size, "plan", "channels of attention");
  return {config.attention_width(), config.intermediate_size};
}

MULTIPRUNER_INLINE std::size_t Plan::checked_position(BlockId block) const {
  if (block.layer >= 0 && block.layer < num_layers()) return static_cast<std::size_t>(position_of(block));
  throw OptionError("plan, " + label_of(block), "the model has " + std::to_string(num_layers()) + " layers",
                    "Use a plan that was made for this model");
}

MULTIPRUNER_INLINE void Plan::require_width(BlockId block, Index width) const {
  const Index whole = whole_[static_cast<std::size_t>(block.kind)];
  const Index unit = block.kind == BlockKind::mlp ? 1 : group_width_;
  if (width > 0 && width <= whole && width % unit == 0) return;
  throw OptionError("plan, " + label_of(block),
                    "width " + std::to_string(width) + " does not fit a block of width " + std::to_string(whole) +
                        " that is divisible in steps of " + std::to_string(unit),
                    "Use a plan that was made for this model");
}

}  // namespace multipruner::inline MULTIPRUNER_ABI
