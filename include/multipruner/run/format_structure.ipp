// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <multipruner/blocks/attention.hpp>
#include <multipruner/blocks/gated_mlp.hpp>
#include <multipruner/core/error.hpp>
#include <multipruner/run/format_structure.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

[[nodiscard]] inline bool holds(const FormatStructure& structure, const StageSelector& selector) {
  if (selector.axis.empty()) return true;
  return structure.narrower && (structure.fewer_heads || selector.axis != Attention::axes[0].name);
}

[[nodiscard]] inline StageSelector narrowed_selector(const FormatStructure& structure, StageSelector selector) {
  (selector.axis.empty() ? selector.layers : selector.alike) |= structure.alike;
  return selector;
}

/// Groups of channels that lead from one width that the format holds to another.
inline void fit_mlp_group(Index multiple, const std::string& format, const ModelConfig& config,
                          SequentialThresholdOptions& options) {
  if (multiple == 1) return;
  const std::string widths = "MLPs of " + format + " have multiples of " + std::to_string(multiple) + " channels";
  for (const BlockSpec& block : config.blocks) {
    const GatedMlpSpec* const mlp = block.as<GatedMlp>();
    if (mlp == nullptr || mlp->intermediate_size % multiple == 0) continue;
    throw OptionError("--target " + format, widths + ", and the model's have " + std::to_string(mlp->intermediate_size),
                      "Omit it: they are padded with zeros");
  }
  const auto up = [&](Index group) { return (group + multiple - 1) / multiple * multiple; };
  if (!options.mlp_group) options.mlp_group = up(default_group(config, GatedMlp::axes[0].name));
  for (const std::optional<Index>& group : {options.mlp_group, options.finest_mlp_group}) {
    if (!group || *group % multiple == 0) continue;
    throw OptionError("--target " + format, widths + ", and groups of " + std::to_string(*group) + " lead to others",
                      "Use groups of " + std::to_string(up(*group)));
  }
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline running {

MULTIPRUNER_INLINE void narrow_to(const FormatStructure& structure, const std::string& format,
                                  const ModelConfig& config, SequentialThresholdOptions& options) {
  if (structure.holds_all()) return;
  const std::vector<PruningStage> asked_for = stages_of(options);
  const double target = std::ranges::max(asked_for, {}, [](const auto& stage) { return *stage.until; }).until.value();
  std::vector<PruningStage> stages;
  for (PruningStage stage : asked_for) {
    std::erase_if(stage.removes, [&](const StageSelector& selector) { return !detail::holds(structure, selector); });
    for (StageSelector& selector : stage.removes) {
      selector = detail::narrowed_selector(structure, std::move(selector));
    }
    if (!stage.removes.empty()) stages.push_back(std::move(stage));
  }
  if (stages.empty()) {
    throw OptionError("--target " + format, "it holds nothing of what --distribution or --stages remove",
                      "Let whole layers go, e.g. with --distribution 1:0:0");
  }
  stages.back().until = target;
  options.strict = options.strict || options.thresholds;
  options.thresholds.reset();
  options.stages = std::move(stages);
  if (structure.narrower) detail::fit_mlp_group(structure.mlp_multiple, format, config, options);
  for (Index position = 0; structure.first_attention && position < config.num_blocks(); ++position) {
    const BlockSpec& block = config.blocks[{position}];
    if (!block.is<Attention>()) continue;
    options.keep.push_back({position});
    break;
  }
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline running
