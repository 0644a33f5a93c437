// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <utility>

#include <multipruner/blocks/attention.hpp>
#include <multipruner/blocks/gated_mlp.hpp>
#include <multipruner/calibration/calibration.hpp>
#include <multipruner/core/error.hpp>
#include <multipruner/plan/parameter_count.hpp>
#include <multipruner/policy/detail/require_blocks_to_keep.hpp>
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
                                          const ProtectedBlocks& keep, PlanRatio ratio_of)
    : ratio_of_(std::move(ratio_of)) {
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
      if (selector.alike) {
        add(AlikeReduction(config, selector.axis, group, keep));
      } else {
        add(WidthReduction(config, selector.axis, group, keep));
      }
    }
  }
}

MULTIPRUNER_INLINE std::vector<Edit> StageSpace::edits(const Plan& plan) const {
  std::vector<Edit> edits = all_edits(plan);
  if (!limit_) return edits;
  std::erase_if(edits, [&](const Edit& edit) { return ratio_of_(apply(edit, plan)) > *limit_; });
  return edits;
}

MULTIPRUNER_INLINE double StageSpace::largest_gain(const Plan& plan) const {
  const double before = ratio_of_(plan);
  double largest = 0;
  for (const Edit& edit : all_edits(plan)) {
    largest = std::max(largest, ratio_of_(apply(edit, plan)) - before);
  }
  return largest;
}

MULTIPRUNER_INLINE std::vector<Edit> StageSpace::all_edits(const Plan& plan) const {
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

/// Half of a group, in whole finest ones; the finest one itself where that is all that is left.
[[nodiscard]] inline Index smaller_group(Index group, Index finest) {
  return std::max(group / 2 / finest, Index{1}) * finest;
}

/// The stage with the next smaller groups; nothing where all of them are as small as they get.
[[nodiscard]] inline std::optional<PruningStage> finer(PruningStage stage, const ModelConfig& config) {
  bool is_finer = false;
  for (StageSelector& selector : stage.removes) {
    if (selector.axis.empty() || !selector.finest_group) continue;
    const Index group = selector.group.value_or(default_group(config, selector.axis)), finest = *selector.finest_group;
    if (finest < 1 || group % finest != 0) {
      throw OptionError(selector.axis + " near the end of a stage",
                        std::to_string(finest) + " is not a divisor of the group, " + std::to_string(group),
                        "Use a divisor of it");
    }
    selector.group = smaller_group(group, finest);
    is_finer = is_finer || *selector.group < group;
  }
  return is_finer ? std::optional(std::move(stage)) : std::nullopt;
}

[[nodiscard]] inline std::vector<StageSpace> spaces_of(const PruningStage& stage, const ModelConfig& config,
                                                       const SequentialThresholdOptions& options, double target) {
  const PlanRatio ratio_of = ratio_or_parameters(options.ratio_of, config);
  std::vector<StageSpace> spaces;
  for (std::optional<PruningStage> pass = stage; pass; pass = finer(*std::move(pass), config)) {
    spaces.emplace_back(*pass, config, options.keep, ratio_of);
    if (options.never_past) spaces.back().set_limit(target);
  }
  return spaces;
}

MULTIPRUNER_INLINE PlanRatio ratio_or_parameters(PlanRatio ratio_of, const ModelConfig& config) {
  if (ratio_of) return ratio_of;
  return [&config](const Plan& plan) { return pruning_ratio(config, plan); };
}

MULTIPRUNER_INLINE std::vector<StageInModel> stages_in(const ModelConfig& config,
                                                       const SequentialThresholdOptions& options) {
  require_blocks_to_keep(config, options.keep);
  std::vector<StageInModel> stages;
  const std::vector<PruningStage> asked_for = stages_of(options);
  const double target = target_of(asked_for);
  for (const PruningStage& stage : asked_for) {
    stages.push_back({name_of(stage), spaces_of(stage, config, options, target), samples_of(stage), *stage.until});
  }
  return stages;
}

MULTIPRUNER_INLINE double target_of(const std::vector<PruningStage>& stages) {
  double target = 0;
  for (const PruningStage& stage : stages) target = std::max(target, *stage.until);
  return target;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
