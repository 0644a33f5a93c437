// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <string_view>

#include <multipruner/core/error.hpp>
#include <multipruner/plan/pruning_config.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

[[noreturn]] inline void refuse_entry(const std::string& key, Index layer) {
  throw OptionError(key, "the model has nothing of that in layer " + std::to_string(layer),
                    "Use the pruning_config.json that belongs to the model");
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI {

MULTIPRUNER_INLINE PruningKeys pruning_keys(const ModelConfig& config) {
  PruningKeys keys{{}, {}, {}};
  const auto add = [](std::vector<std::string>& list, std::string_view key) {
    if (std::ranges::find(list, key) == list.end()) list.emplace_back(key);
  };
  for (const Kind* kind : config.blocks.kinds()) {
    add(keys.blocks, kind->file_key);
    for (const AxisInfo& axis : kind->axes) {
      add(keys.axes, axis.file_key);
      if (axis.is_switch) add(keys.switches, axis.file_key);
    }
  }
  return keys;
}

MULTIPRUNER_INLINE PruningConfig to_pruning_config(const ModelConfig& config, const Plan& plan) {
  PruningConfig result;
  const auto of = [](auto& entries, std::string_view key) -> auto& {
    return std::ranges::find(entries, key, [](const auto& entry) -> std::string_view { return entry.first; })->second;
  };
  const auto [kind_keys, axis_keys, switches] = pruning_keys(config);
  for (const std::string& key : kind_keys) result.removed.emplace_back(key, std::vector<Index>{});
  for (const std::string& key : axis_keys) result.widths.emplace_back(key, std::map<Index, Index>{});
  for (const BlockId block : plan.removal_order()) {
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
  return result;
}

MULTIPRUNER_INLINE Plan to_plan(const ModelConfig& config, const PruningConfig& pruning) {
  Plan plan(config);
  std::multimap<Index, BlockId> by_layer;
  for (Index position = 0; position < config.num_blocks(); ++position) {
    by_layer.emplace(config.blocks[{position}].layer(), BlockId{position});
  }
  const auto for_each_block = [&](Index layer, auto&& f) {
    const auto [first, last] = by_layer.equal_range(layer);
    for (auto block = first; block != last; ++block) f(block->second, config.blocks[block->second].kind());
  };
  for (const auto& [key, layers] : pruning.removed) {
    for (const Index layer : layers) {
      bool found = false;
      for_each_block(layer, [&](BlockId block, const Kind& kind) {
        if (kind.file_key != key) return;
        plan.remove(block);
        found = true;
      });
      if (!found) detail::refuse_entry("pruned_" + key + "_idx", layer);
    }
  }
  for (const auto& [key, widths] : pruning.widths) {
    for (const auto& [layer, width] : widths) {
      bool found = false;
      for_each_block(layer, [&](BlockId block, const Kind& kind) {
        for (std::size_t axis = 0; axis < kind.axes.size(); ++axis) {
          if (kind.axes[axis].file_key != key) continue;
          found = true;
          if (!plan.removed(block)) plan.set_width({block, axis}, width);
        }
      });
      if (!found) detail::refuse_entry("pruned_" + key + "_width", layer);
    }
  }
  return plan;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI
