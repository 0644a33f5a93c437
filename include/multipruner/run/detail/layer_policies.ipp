// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <utility>

#include <multipruner/core/error.hpp>
#include <multipruner/policy/block_pruner.hpp>
#include <multipruner/policy/consecutive_layers.hpp>
#include <multipruner/policy/laco.hpp>
#include <multipruner/policy/relative_magnitude_layers.hpp>
#include <multipruner/policy/short_gpt.hpp>
#include <multipruner/run/cost_metric.hpp>
#include <multipruner/run/detail/fit_policy.hpp>
#include <multipruner/run/detail/layer_policies.hpp>
#include <multipruner/run/model_parts.hpp>
#include <multipruner/run/sequential_choices.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// @throws OptionError for compensation that works on candidates: nothing becomes narrower here
inline void refuse_local_compensation(const RunSpec& spec) {
  if (!spec.compensate || spec.compensate->find("local") == std::string::npos) return;
  throw OptionError("--compensate " + *spec.compensate,
                    "it works on blocks that become narrower, and --policy " + spec.policy + " narrows none",
                    "Use stream-matching or none");
}

/// @throws OptionError unless a ratio or a number is given, and not both
inline void require_target(const RunSpec& spec) {
  refuse_local_compensation(spec);
  if (!spec.count) return static_cast<void>(required_ratio(spec));
  if (spec.ratio) throw OptionError("--count", "it takes the place of --ratio", "Give one of them");
}

/// Those that are to be kept, and those that the format needs that is the target.
/// @param single_blocks  whether blocks of a layer go without the others
[[nodiscard]] inline ProtectedBlocks kept_blocks(const RunSpec& spec, const PolicyInput& input,
                                                 bool single_blocks = false) {
  const ModelConfig& config = input.graph.config();
  ProtectedBlocks kept = blocks_of("--keep", parse_parts("--keep", spec.keep, config), config);
  const std::string format = spec.target.value_or("");
  require_fewer_blocks(input.structure, format);
  require_held_widths(input.structure, format, config);
  if (!single_blocks) return kept;  // whichever layer is the first then has what the first of the model had
  const ProtectedBlocks needed = blocks_needed(input.structure, config);
  kept.insert(kept.end(), needed.begin(), needed.end());
  return kept;
}

/// What is told of a policy that removes whole blocks or layers.
[[nodiscard]] inline std::vector<PruningStage> stages_told(const RunSpec& spec, bool layers) {
  return {{.removes = {{.layers = layers}}, .until = spec.ratio}};
}

[[nodiscard]] inline PolicyMethod whole_blocks_method(std::string name, bool layers, std::string decided_by) {
  PolicyMethod method{.name = std::move(name)};
  method.check = require_target;
  method.stages = [layers](const RunSpec& spec) { return stages_told(spec, layers); };
  method.decided_by = [text = std::move(decided_by)](const RunSpec&) { return text; };
  method.takes = {"count", "target"};
  return method;
}

template <class Policy>
[[nodiscard]] PolicyMethod layers_method(std::string name, std::string decided_by) {
  PolicyMethod method = whole_blocks_method(std::move(name), true, std::move(decided_by));
  method.make = [](RunSpec& spec, const PolicyInput& input) -> AnyPolicy {
    return Policy({.ratio = spec.ratio.value_or(LayerPruningOptions{}.ratio),
                   .layers = spec.count,
                   .keep = kept_blocks(spec, input)});
  };
  return method;
}

MULTIPRUNER_INLINE PolicyMethod block_pruner_method() {
  PolicyMethod method = whole_blocks_method("blockpruner", false, "");
  method.decided_by = [](const RunSpec& spec) {
    return "in each step what harms the " + title_of_metric(spec) +
           " on a calibration text least (BlockPruner, arXiv 2406.10594)";
  };
  method.make = [](RunSpec& spec, const PolicyInput& input) -> AnyPolicy {
    BlockPrunerOptions options{.ratio = spec.ratio.value_or(BlockPrunerOptions{}.ratio),
                               .blocks = spec.count,
                               .keep = kept_blocks(spec, input, !input.structure.alike),
                               .layers = input.structure.alike};
    return with_search<BlockPruner>(std::move(options), spec);
  };
  method.check = [](const RunSpec& spec) {
    require_target(spec);
    static_cast<void>(lazy_search(spec));
  };
  method.takes = {"count", "metric", "search", "confidence", "target"};
  method.takes_cheapest = true;
  return method;
}

MULTIPRUNER_INLINE PolicyMethod short_gpt_method() {
  return layers_method<ShortGpt>("shortgpt", "those that turn the residual stream least (ShortGPT, arXiv 2403.03853)");
}

MULTIPRUNER_INLINE PolicyMethod relative_magnitude_method() {
  return layers_method<RelativeMagnitudeLayers>(
      "relative-magnitude", "those that add least to the residual stream (Relative Magnitude, arXiv 2312.09299)");
}

MULTIPRUNER_INLINE PolicyMethod consecutive_layers_method() {
  return layers_method<ConsecutiveLayers>(
      "consecutive-layers", "those across which the residual stream turns least altogether (arXiv 2403.17887)");
}

[[nodiscard]] inline LaCoMerge merge_named(const std::string& name) {
  if (name == "sum") return LaCoMerge::sum_of_differences;
  if (name == "last") return LaCoMerge::last_layer;
  throw OptionError("--merge", "\"" + name + "\" is not known", "Use sum or last");
}

MULTIPRUNER_INLINE PolicyMethod laco_method() {
  PolicyMethod method{.name = "laco", .makes_model = true};
  method.make = [](RunSpec& spec, const PolicyInput& input) -> AnyPolicy {
    LaCoOptions options{.threshold = spec.merge_threshold,
                        .ratio = spec.ratio.value_or(LaCoOptions{}.ratio),
                        .merge = merge_named(spec.merge),
                        .keep = kept_blocks(spec, input),
                        .compute = spec.compute};
    if (spec.merge_layers) options.layers_per_merge = *spec.merge_layers;
    if (spec.merge_interval) options.interval = *spec.merge_interval;
    return LaCo(std::move(options));
  };
  method.check = [](const RunSpec& spec) {
    static_cast<void>(merge_named(spec.merge));
    refuse_local_compensation(spec);
    refuse_keep_zeros(spec);
    if (spec.merge_layers && *spec.merge_layers < 2) {
      throw OptionError("--merge-layers", std::to_string(*spec.merge_layers) + " cannot become one", "Give 2 or more");
    }
    if (spec.merge_threshold && !(*spec.merge_threshold > -1 && *spec.merge_threshold < 1)) {
      throw OptionError("--merge-threshold", "it is a cosine: between -1 and 1", "Give e.g. 0.65");
    }
    if (!spec.merge_threshold) return static_cast<void>(required_ratio(spec));
    if (spec.ratio) throw OptionError("--merge-threshold", "it takes the place of --ratio", "Give one of them");
  };
  method.decided_by = [](const RunSpec&) -> std::string {
    return "layers being merged where the model stays similar to what it was (LaCo, arXiv 2402.11187)";
  };
  method.takes = {"merge", "merge_layers", "merge_interval", "merge_threshold", "target"};
  return method;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
