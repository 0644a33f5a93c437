// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <multipruner/policy/sequential_threshold.hpp>
#include <multipruner/run/cost_metric.hpp>
#include <multipruner/run/detail/fit_policy.hpp>
#include <multipruner/run/detail/stage_policies.hpp>
#include <multipruner/run/sequential_choices.hpp>
#include <multipruner/search/random_walk.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// What several policies look at.
inline const std::vector<std::string> fields_of_stages{"distribution", "stages",     "depth_until", "mlp_until",
                                                       "heads_until",  "mlp_group",  "head_group",  "finest_mlp_group",
                                                       "strict",       "never_past", "ratio_of",    "bytes",
                                                       "milliseconds", "latency",    "target"};

/// The stages in a model, with groups filled in, in the spec as well.
[[nodiscard]] inline SequentialThresholdOptions stages_for(RunSpec& spec, const PolicyInput& input) {
  SequentialThresholdOptions options = sequential_options(spec);
  narrow_to(input.structure, spec.target.value_or(""), input.graph.config(), options);
  fit_stages(options, spec, input);
  options.ratio_of = input.sizes.ratio_of(target_size(spec));
  const std::string_view compared = compared_size(spec);
  if (!compared.empty()) options.removed_by_rule = input.sizes.ratio_of(compared);
  return options;
}

MULTIPRUNER_INLINE PolicyMethod multipruner_method() {
  PolicyMethod method{.name = "multipruner", .takes_cheapest = true};
  method.make = [](RunSpec& spec, const PolicyInput& input) -> AnyPolicy {
    SequentialThresholdOptions options = stages_for(spec, input);
    widen_groups(input.graph.config(), spec, options);
    return with_search<SequentialThreshold>(std::move(options), spec);
  };
  method.check = [](const RunSpec& spec) {
    static_cast<void>(sequential_options(spec));
    static_cast<void>(lazy_search(spec));
  };
  method.stages = [](const RunSpec& spec) { return stages_of(sequential_options(spec)); };
  method.decided_by = [](const RunSpec& spec) {
    return "in each step what harms the " + title_of_metric(spec) +
           " on a calibration text least (MultiPruner, arXiv 2501.09949)" +
           (spec.compare_by == "cost" ? "" : ",\nfor what it removes") +
           (search_of(spec) == "exact" ? ""
                                       : ",\nmost of what is left being taken for as harmful as it was before (" +
                                             search_of(spec) + " search)");
  };
  method.takes = fields_of_stages;
  for (const char* field : {"metric", "search", "confidence", "compare_by"}) method.takes->push_back(field);
  return method;
}

MULTIPRUNER_INLINE PolicyMethod random_method() {
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

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
