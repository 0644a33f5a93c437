// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <multipruner/core/error.hpp>
#include <multipruner/plan/config_conversion.hpp>
#include <multipruner/plan/parameter_count.hpp>
#include <multipruner/tensor/require_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// The removed blocks of a plan: those whose order is known, each once, then the others.
inline std::vector<BlockId> in_order(const Plan& plan, const std::vector<BlockId>& known) {
  std::vector<BlockId> order;
  const auto add = [&](const std::vector<BlockId>& blocks) {
    for (const BlockId block : blocks) {
      if (plan.removed(block) && std::ranges::find(order, block) == order.end()) order.push_back(block);
    }
  };
  add(known);
  add(plan.removed_blocks());
  return order;
}

[[noreturn]] inline void refuse_entry(const std::string& key, Index layer) {
  throw OptionError(key, "the model has no such block in layer " + std::to_string(layer),
                    "Use the pruning_config.json that belongs to the model");
}

/// The blocks of a model as a pruning_config.json names them.
class BlocksByLayer {
 public:
  explicit BlocksByLayer(const ModelConfig& config) : config_(config) {
    for (Index position = 0; position < config.num_blocks(); ++position) {
      blocks_.emplace(config.blocks[{position}].layer(), BlockId{position});
    }
  }

  /// @throws OptionError where a layer has no such block, likewise below.
  [[nodiscard]] BlockId of_kind(const std::string& key, Index layer) const {
    for (auto [block, end] = blocks_.equal_range(layer); block != end; ++block) {
      if (kind(block->second).file_key == key) return block->second;
    }
    refuse_entry("pruned_" + key + "_idx", layer);
  }

  [[nodiscard]] BlockAxis with_axis(const std::string& key, Index layer) const {
    for (auto [block, end] = blocks_.equal_range(layer); block != end; ++block) {
      const std::span<const AxisInfo> axes = kind(block->second).axes;
      for (std::size_t axis = 0; axis < axes.size(); ++axis) {
        if (axes[axis].file_key == key) return {block->second, axis};
      }
    }
    refuse_entry("pruned_" + key + "_width", layer);
  }

 private:
  [[nodiscard]] const Kind& kind(BlockId block) const { return config_.blocks[block].kind(); }

  const ModelConfig& config_;
  std::multimap<Index, BlockId> blocks_;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline plan {

MULTIPRUNER_INLINE PruningKeys pruning_keys(const ModelConfig& config) {
  PruningKeys keys{{}, {}, {}};
  const auto add = [](std::vector<std::string>& list, std::string_view key) {
    if (std::ranges::find(list, key) == list.end()) list.emplace_back(key);
  };
  for (const Kind* kind : config.blocks.kinds()) {
    add(keys.blocks, kind->file_key);
    for (const AxisInfo& axis : kind->axes) {
      add(keys.axes, axis.file_key);
      if (kind->axes.size() > 1) add(keys.may_be_zero, axis.file_key);
    }
  }
  return keys;
}

MULTIPRUNER_INLINE PruningConfig to_pruning_config(const ModelConfig& config, const Plan& plan,
                                                   const std::vector<BlockId>& removal_order) {
  PruningConfig result;
  const auto of = [](auto& entries, std::string_view key) -> auto& {
    return std::ranges::find(entries, key, [](const auto& entry) -> std::string_view { return entry.first; })->second;
  };
  const auto [kind_keys, axis_keys, may_be_zero] = pruning_keys(config);
  for (const std::string& key : kind_keys) result.removed.emplace_back(key, std::vector<Index>{});
  for (const std::string& key : axis_keys) result.widths.emplace_back(key, std::map<Index, Index>{});
  for (const BlockId block : detail::in_order(plan, removal_order)) {
    const BlockSpec& spec = config.blocks[block];
    of(result.removed, spec.kind().file_key).push_back(spec.layer());
  }
  for (Index position = 0; position < plan.num_blocks(); ++position) {
    const BlockId block{position};
    const BlockSpec& spec = config.blocks[block];
    const Choice choice = plan.removed(block) ? spec.whole() : plan.choice(block);
    for (std::size_t axis = 0; axis < spec.kind().axes.size(); ++axis) {
      of(result.widths, spec.kind().axes[axis].file_key)[spec.layer()] = choice[axis];
    }
  }
  result.stream = stream_config_of(config);
  return result;
}

MULTIPRUNER_INLINE std::optional<StreamConfig> stream_config_of(const ModelConfig& config) {
  if (config.dense_parameters == 0) return std::nullopt;
  StreamConfig stream{.widths = {config.hidden_size}};
  for (Index position = 0; position < config.num_blocks(); ++position) {
    const BlockSpec& block = config.blocks[{position}];
    stream.widths.push_back(block.stream_out());
    if (block.has_shortcut()) stream.shortcuts.push_back(position);
  }
  return stream;
}

MULTIPRUNER_INLINE ModelConfig with_stream(ModelConfig config, const StreamConfig& stream) {
  const auto& [widths, shortcuts] = stream;
  if (static_cast<Index>(widths.size()) != config.num_blocks() + 1) {
    throw OptionError("stream",
                      "it has " + std::to_string(widths.size()) + " widths, but the model has " +
                          std::to_string(config.num_blocks()) + " blocks",
                      "Give the width in front of the first block, and that behind every block");
  }
  const Index dense_parameters = count_parameters(config);
  std::vector<BlockSpec> blocks;
  for (std::size_t i = 0; i + 1 < widths.size(); ++i) {
    blocks.push_back(config.blocks[{static_cast<Index>(i)}].with_streams(widths[i], widths[i + 1]));
  }
  for (const Index position : shortcuts) {
    require_index(position, config.num_blocks(), "stream", "block");
    BlockSpec& block = blocks[static_cast<std::size_t>(position)];
    block = block.with_shortcut();
  }
  config.blocks = BlockList(std::move(blocks));
  config.hidden_size = widths.front();
  config.tie_word_embeddings = false;
  config.dense_parameters = dense_parameters;
  return config;
}

MULTIPRUNER_INLINE std::vector<BlockId> removal_order_of(const ModelConfig& config, const PruningConfig& pruning) {
  const detail::BlocksByLayer blocks(config);
  std::vector<BlockId> order;
  for (const auto& [key, layers] : pruning.removed) {
    for (const Index layer : layers) order.push_back(blocks.of_kind(key, layer));
  }
  return order;
}

MULTIPRUNER_INLINE Plan to_plan(const ModelConfig& config, const PruningConfig& pruning) {
  const detail::BlocksByLayer blocks(config);
  Plan plan(config);
  for (const BlockId block : removal_order_of(config, pruning)) plan.remove(block);
  for (const auto& [key, widths] : pruning.widths) {
    for (const auto& [layer, width] : widths) {
      const BlockAxis axis = blocks.with_axis(key, layer);
      if (plan.removed(axis.block)) continue;
      plan.set_width(axis, width);
      if (plan.removed(axis.block)) detail::refuse_entry("pruned_" + key + "_width", layer);  // such blocks are listed
    }
  }
  return plan;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline plan
