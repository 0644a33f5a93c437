// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include <multipruner/blocks/attention.hpp>
#include <multipruner/blocks/gated_mlp.hpp>
#include <multipruner/core/error.hpp>
#include <multipruner/run/format_structure.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

[[nodiscard]] inline bool holds(const FormatStructure& structure, const StageSelector& selector) {
  if (selector.axis.empty()) return structure.fewer_blocks;
  return structure.narrower && (structure.fewer_heads || selector.axis != Attention::axes[0].name);
}

[[nodiscard]] inline StageSelector narrowed_selector(const FormatStructure& structure, StageSelector selector) {
  (selector.axis.empty() ? selector.layers : selector.alike) |= structure.alike;
  return selector;
}

[[nodiscard]] inline std::string widths_of_format(const std::string& format, Index multiple) {
  return "MLPs of " + format + " have multiples of " + std::to_string(multiple) + " channels";
}

/// Groups of channels that lead from one width that the format holds to another.
inline void fit_mlp_group(const FormatStructure& structure, const std::string& format, const ModelConfig& config,
                          SequentialThresholdOptions& options) {
  constexpr Index most_alike = 32;  // a group of every layer is much of the model
  const Index usual = default_group(config, GatedMlp::axes[0].name), multiple = structure.mlp_multiple;
  const auto up = [&](Index group) { return (group + multiple - 1) / multiple * multiple; };
  const bool is_finer = structure.alike && !options.finest_mlp_group;
  if (!options.mlp_group && (is_finer || multiple > 1)) {
    options.mlp_group = up(is_finer ? std::min(usual, most_alike) : usual);
  }
  require_held_widths(structure, format, config);
  for (const std::optional<Index>& group : {options.mlp_group, options.finest_mlp_group}) {
    if (!group || *group % multiple == 0) continue;
    throw OptionError(
        "--target " + format,
        widths_of_format(format, multiple) + ", and groups of " + std::to_string(*group) + " lead to others",
        "Use groups of " + std::to_string(up(*group)));
  }
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline running {

MULTIPRUNER_INLINE FormatStructure held_by_both(const FormatStructure& a, const FormatStructure& b) {
  return {.alike = a.alike || b.alike,
          .fewer_blocks = a.fewer_blocks && b.fewer_blocks,
          .narrower = a.narrower && b.narrower,
          .fewer_heads = a.fewer_heads && b.fewer_heads,
          .first_attention = a.first_attention || b.first_attention,
          .mlp_multiple = std::lcm(a.mlp_multiple, b.mlp_multiple)};
}

MULTIPRUNER_INLINE void require_fewer_blocks(const FormatStructure& structure, const std::string& format) {
  if (structure.fewer_blocks) return;
  throw OptionError("--target " + format, "it needs all layers of this model",
                    "Let widths go, e.g. with --policy multipruner --distribution 0:1:0");
}

MULTIPRUNER_INLINE void require_held_widths(const FormatStructure& structure, const std::string& format,
                                            const ModelConfig& config) {
  const Index multiple = structure.mlp_multiple;
  for (const BlockSpec& block : config.blocks) {
    const GatedMlpSpec* const mlp = block.as<GatedMlp>();
    if (mlp == nullptr || mlp->intermediate_size % multiple == 0) continue;
    throw OptionError(
        "--target " + format,
        detail::widths_of_format(format, multiple) + ", and the model's have " + std::to_string(mlp->intermediate_size),
        "Omit it: they are padded with zeros");
  }
}

MULTIPRUNER_INLINE ProtectedBlocks blocks_needed(const FormatStructure& structure, const ModelConfig& config) {
  for (Index position = 0; structure.first_attention && position < config.num_blocks(); ++position) {
    if (config.blocks[{position}].is<Attention>()) return {{position}};
  }
  return {};
}

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
    throw OptionError("--target " + format, "it holds nothing of what is to be removed",
                      structure.fewer_blocks
                          ? "Let whole layers go, e.g. with --policy multipruner --distribution 1:0:0"
                          : "Let MLPs become narrower, e.g. with --distribution 0:1:0");
  }
  stages.back().until = target;
  options.strict = options.strict || options.thresholds;
  options.thresholds.reset();
  options.stages = std::move(stages);
  if (structure.narrower) detail::fit_mlp_group(structure, format, config, options);
  const ProtectedBlocks needed = blocks_needed(structure, config);
  options.keep.insert(options.keep.end(), needed.begin(), needed.end());
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline running
