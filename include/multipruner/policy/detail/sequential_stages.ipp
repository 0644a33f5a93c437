// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <utility>

#include <multipruner/blocks/attention.hpp>
#include <multipruner/blocks/gated_mlp.hpp>
#include <multipruner/calibration/calibration.hpp>
#include <multipruner/core/error.hpp>
#include <multipruner/policy/detail/sequential_stages.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// Axes that models may lack: the stages of MultiPruner are for all of them.
inline bool is_known_axis(const ModelConfig& config, std::string_view name) {
  if (name == GatedMlp::axes[0].name || name == Attention::axes[0].name) return true;
  for (const Kind* kind : config.blocks.kinds()) {
    if (std::ranges::find(kind->axes, name, &AxisInfo::name) != kind->axes.end()) return true;
  }
  return false;
}

MULTIPRUNER_INLINE StageSpace::StageSpace(const PruningStage& stage, const ModelConfig& config,
                                          const ProtectedBlocks& keep) {
  const auto add = [&](auto space) {
    spaces_.emplace_back([space = std::move(space)](const Plan& plan) { return space.edits(plan); });
  };
  for (const StageSelector& selector : stage.removes) {
    if (!selector.axis.empty() && !is_known_axis(config, selector.axis)) {
      throw OptionError("stages", "the model has no axis \"" + selector.axis + "\"",
                        "Use the name that a kind of its blocks gives an axis, e.g. MLP channels");
    }
    if (selector.axis.empty() && selector.layers) {
      add(LayerRemoval{keep});
    } else if (selector.axis.empty()) {
      add(BlockRemoval{keep});
    } else {
      const Index group = selector.group.value_or(default_group(config, selector.axis));
      add(WidthReduction(config, selector.axis, group, keep));
    }
  }
}

MULTIPRUNER_INLINE std::vector<Edit> StageSpace::edits(const Plan& plan) const {
  std::vector<Edit> edits;
  for (const auto& space : spaces_) {
    const std::vector<Edit> more = space(plan);
    edits.insert(edits.end(), more.begin(), more.end());
  }
  return edits;
}

/// The windows on which a stage judges.
inline std::string samples_of(const PruningStage& stage) {
  if (!stage.samples.empty()) return stage.samples;
  const bool blocks = std::ranges::any_of(stage.removes, [](const auto& selector) { return selector.axis.empty(); });
  return std::string(blocks ? block_samples : width_samples);
}

MULTIPRUNER_INLINE std::vector<StageInModel> stages_in(const ModelConfig& config,
                                                       const SequentialThresholdOptions& options) {
  for (const BlockId block : options.keep) {
    if (block.position >= 0 && block.position < config.num_blocks()) continue;
    throw OptionError("blocks to keep", "the model has no " + config.blocks.label(block),
                      "Name blocks from 0 to " + std::to_string(config.num_blocks() - 1));
  }
  std::vector<StageInModel> stages;
  for (const PruningStage& stage : stages_of(options)) {
    stages.push_back({name_of(stage), StageSpace(stage, config, options.keep), samples_of(stage), *stage.until});
  }
  return stages;
}

MULTIPRUNER_INLINE double target_of(const std::vector<PruningStage>& stages) {
  double target = 0;
  for (const PruningStage& stage : stages) target = std::max(target, *stage.until);
  return target;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
