// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <multipruner/core/error.hpp>
#include <multipruner/policy/detail/narrowing.hpp>
#include <multipruner/policy/sequential_threshold.hpp>
#include <multipruner/policy/uniform.hpp>
#include <multipruner/run/cost_metric.hpp>
#include <multipruner/run/detail/ordered_one_shot.hpp>
#include <multipruner/run/sequential_choices.hpp>
#include <multipruner/run/shipped_policies.hpp>
#include <multipruner/run/unit_ordering.hpp>
#include <multipruner/search/lazy_greedy.hpp>
#include <multipruner/search/random_walk.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// What several policies look at.
inline const std::vector<std::string> fields_of_stages{"distribution", "stages",    "depth_until", "mlp_until",
                                                       "heads_until",  "mlp_group", "head_group",  "finest_mlp_group",
                                                       "strict",       "never_past"};

/// What people call the metric of a spec.
[[nodiscard]] inline std::string title_of_metric(const RunSpec& spec) {
  const Registry<CostMetric> shipped = shipped_cost_metrics();
  const CostMetric* metric = shipped.find(spec.metric);
  return metric == nullptr || metric->title.empty() ? spec.metric : metric->title;
}

/// The stages in a model, with groups filled in, in the spec as well.
[[nodiscard]] inline SequentialThresholdOptions stages_for(RunSpec& spec, const PolicyInput& input) {
  SequentialThresholdOptions options = sequential_options(spec);
  if (input.mask.kept && input.mask.has_mask()) align_groups(input.graph, options);
  resolve_groups(input.graph.config(), options);
  spec.mlp_group = options.mlp_group;
  spec.head_group = options.attention_group;
  resolve_kept_blocks(input.graph, spec, options);
  return options;
}

[[nodiscard]] inline PolicyMethod multipruner_method() {
  PolicyMethod method{.name = "multipruner", .takes_cheapest = true};
  method.make = [](RunSpec& spec, const PolicyInput& input) -> AnyPolicy {
    SequentialThresholdOptions options = stages_for(spec, input);
    const std::optional<LazyGreedyOptions> lazy = lazy_search(spec);
    if (lazy) return SequentialThreshold<LazyGreedy>(std::move(options), LazyGreedy(*lazy));
    return SequentialThreshold<>(std::move(options));
  };
  method.check = [](const RunSpec& spec) {
    static_cast<void>(sequential_options(spec));
    static_cast<void>(lazy_search(spec));
  };
  method.stages = [](const RunSpec& spec) { return stages_of(sequential_options(spec)); };
  method.decided_by = [](const RunSpec& spec) {
    return "in each step what harms the " + title_of_metric(spec) +
           " on a calibration text least (MultiPruner, arXiv 2501.09949)" +
           (spec.search == "exact"
                ? ""
                : ",\nmost of what is left being taken for as harmful as it was before (" + spec.search + " search)");
  };
  method.takes = fields_of_stages;
  for (const char* field : {"search", "confidence"}) method.takes->push_back(field);
  return method;
}

[[nodiscard]] inline PolicyMethod random_method() {
  PolicyMethod method{.name = "random"};
  method.make = [](RunSpec& spec, const PolicyInput& input) -> AnyPolicy {
    return SequentialThreshold<RandomWalk>(stages_for(spec, input), RandomWalk(spec.seed));
  };
  method.check = [](const RunSpec& spec) { static_cast<void>(sequential_options(spec)); };
  method.stages = [](const RunSpec& spec) { return stages_of(sequential_options(spec)); };
  method.decided_by = [](const RunSpec&) { return "at random"; };
  method.takes = fields_of_stages;
  return method;
}

/// What policies that narrow all blocks at once are told. @throws OptionError for what cannot work
[[nodiscard]] inline NarrowingOptions narrowing_options(const RunSpec& spec) {
  if (!spec.ratio) {
    throw OptionError("--ratio", "is missing", "Give the share of parameters to remove in percent, e.g. --ratio 20");
  }
  require_ratio("--ratio", *spec.ratio);
  return {.ratio = *spec.ratio, .mlp_group = spec.mlp_group, .attention_group = spec.head_group};
}

/// The same for a model, with groups filled in, in the spec as well.
[[nodiscard]] inline NarrowingOptions narrowing_for(RunSpec& spec, const PolicyInput& input) {
  NarrowingOptions options = narrowing_options(spec);
  SequentialThresholdOptions stage = one_narrowing_stage(options);
  if (input.mask.kept && input.mask.has_mask()) align_groups(input.graph, stage);
  resolve_groups(input.graph.config(), stage);
  resolve_kept_blocks(input.graph, spec, stage);
  spec.mlp_group = options.mlp_group = stage.mlp_group;
  spec.head_group = options.attention_group = stage.attention_group;
  options.keep = stage.keep;
  return options;
}

/// A policy that narrows all blocks at once.
[[nodiscard]] inline PolicyMethod narrowing_method(std::string name, std::string decided_by) {
  PolicyMethod method{.name = std::move(name)};
  method.check = [](const RunSpec& spec) { static_cast<void>(narrowing_options(spec)); };
  method.stages = [](const RunSpec& spec) { return stages_of(one_narrowing_stage(narrowing_options(spec))); };
  method.decided_by = [text = std::move(decided_by)](const RunSpec&) { return text; };
  method.takes = {"mlp_group", "head_group"};
  return method;
}

[[nodiscard]] inline PolicyMethod uniform_method() {
  PolicyMethod method = narrowing_method("uniform", "of every block the same share");
  method.make = [](RunSpec& spec, const PolicyInput& input) -> AnyPolicy {
    return Uniform(narrowing_for(spec, input));
  };
  return method;
}

[[nodiscard]] inline PolicyMethod one_shot_method() {
  PolicyMethod method = narrowing_method(
      "one-shot", "those first that stand lowest among their block's in the order below (one shot, as in FLAP)");
  method.make = [](RunSpec& spec, const PolicyInput& input) -> AnyPolicy {
    OneShotOptions options{narrowing_for(spec, input)};
    return OrderedOneShot({std::move(options), input.ordering, spec.seed});
  };
  return method;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline running {

MULTIPRUNER_INLINE Registry<PolicyMethod> shipped_policies() {
  return {"--policy",
          {detail::multipruner_method(), detail::one_shot_method(), detail::uniform_method(), detail::random_method()}};
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline running
