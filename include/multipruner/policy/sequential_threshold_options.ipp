// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <string>
#include <string_view>
#include <utility>

#include <multipruner/blocks/attention.hpp>
#include <multipruner/blocks/gated_mlp.hpp>
#include <multipruner/calibration/calibration.hpp>
#include <multipruner/core/error.hpp>
#include <multipruner/policy/sequential_threshold_options.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// MultiPruner's three stages; those without a threshold are skipped.
inline std::vector<PruningStage> three_stages(const SequentialThresholdOptions& options) {
  const StageThresholds thresholds =
      options.thresholds ? *options.thresholds : stage_thresholds(options.ratio, options.split);
  std::vector<PruningStage> stages;
  const auto add = [&](const std::optional<double>& until, StageSelector selector, std::string_view samples) {
    if (until) stages.push_back({.removes = {std::move(selector)}, .until = until, .samples = std::string(samples)});
  };
  add(thresholds.depth, {}, block_samples);
  add(thresholds.mlp_width, {.axis = std::string(GatedMlp::axes[0].name)}, width_samples);
  add(thresholds.attention_width, {.axis = std::string(Attention::axes[0].name)}, width_samples);
  return stages;
}

/// @throws OptionError for shares that are negative, or all zero.
inline double sum_of_shares(const std::vector<PruningStage>& stages) {
  double sum = 0;
  bool possible = true, any = false;
  for (const PruningStage& stage : stages) {
    if (stage.until) continue;
    any = true;
    possible = possible && stage.share >= 0;
    sum += stage.share;
  }
  if (!any || (possible && sum > 0 && std::isfinite(sum))) return sum;
  throw OptionError("stages", "their shares must not be negative, and at least one must be positive",
                    "Give a share of the target for every stage, or the ratio at which it ends");
}

/// Shares become ratios at which stages end, in the order of operations of the reference; the last one ends at the
/// target.
inline std::vector<PruningStage> with_thresholds(double ratio, std::vector<PruningStage> given) {
  const double sum = sum_of_shares(given);
  std::erase_if(given, [](const PruningStage& stage) { return !stage.until && stage.share == 0; });
  if (sum > 0) require_ratio("ratio", ratio);
  double reached = 0;
  std::vector<PruningStage> stages;
  for (const PruningStage& stage : given) {
    const bool last = &stage == &given.back();
    reached = stage.until ? *stage.until : last ? ratio : reached + ratio * (stage.share / sum);
    stages.push_back(stage);
    stages.back().until = reached;
  }
  return stages;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline policy {

MULTIPRUNER_INLINE std::vector<PruningStage> stages_of(const SequentialThresholdOptions& options) {
  if (options.score && options.rule != CostRule::cost) {
    throw OptionError("rule", "candidates are compared by a score already", "Give the one or the other");
  }
  std::vector<PruningStage> stages =
      options.stages.empty() ? detail::three_stages(options) : detail::with_thresholds(options.ratio, options.stages);
  if (stages.empty()) {
    throw OptionError("stage thresholds", "none is given", "Give the ratio at which at least one stage ends");
  }
  for (PruningStage& stage : stages) {
    for (StageSelector& selector : stage.removes) {
      if (selector.group) continue;
      if (selector.axis == Attention::axes[0].name) selector.group = options.attention_group;
      if (selector.axis != GatedMlp::axes[0].name) continue;
      selector.group = options.mlp_group;
      if (!selector.finest_group) selector.finest_group = options.finest_mlp_group;
    }
    require_ratio("stage threshold", *stage.until);
    if (!stage.removes.empty()) continue;
    throw OptionError("stages", "one removes nothing", "Say what it removes: blocks, or units along an axis");
  }
  return stages;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline policy
