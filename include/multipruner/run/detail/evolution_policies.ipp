// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <string>
#include <utility>

#include <multipruner/core/error.hpp>
#include <multipruner/policy/allocation.hpp>
#include <multipruner/policy/multi_pruner_evol.hpp>
#include <multipruner/run/cost_metric.hpp>
#include <multipruner/run/detail/evolution_policies.hpp>
#include <multipruner/run/detail/fit_policy.hpp>
#include <multipruner/run/sequential_choices.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// What MultiPrunerEvol is told, but for groups and blocks to keep. @throws OptionError for what cannot work
[[nodiscard]] inline MultiPrunerEvolOptions evolution_options(const RunSpec& spec) {
  MultiPrunerEvolOptions options{.ratio = required_ratio(spec), .in_band = spec.in_band};
  const auto require = [](bool fulfilled, const char* option, const char* problem, const char* remedy) {
    if (!fulfilled) throw OptionError(option, problem, remedy);
  };
  if (spec.evaluations) options.evaluations = *spec.evaluations;
  require(options.evaluations >= 2, "--evaluations", "1 is too few to compare", "Give 2 or more");
  options.population = spec.population ? *spec.population : std::min(options.population, options.evaluations);
  require(options.population >= 2 && options.population <= options.evaluations, "--population",
          "it must be from 2 to the number of --evaluations", "Give e.g. 50");
  if (spec.depth_share) options.depth_share = *spec.depth_share / 100;
  require(options.depth_share < 1, "--depth-share", "nothing is left for the widths", "Give less than 100");
  return options;
}

/// By which groups and blocks to keep are checked.
[[nodiscard]] inline SequentialThresholdOptions width_stages(double ratio, const RunSpec& spec) {
  return {.ratio = ratio, .mlp_group = spec.mlp_group, .attention_group = spec.head_group};
}

MULTIPRUNER_INLINE PolicyMethod evol_method() {
  PolicyMethod method{.name = "evol"};
  method.make = [](RunSpec& spec, const PolicyInput& input) -> AnyPolicy {
    MultiPrunerEvolOptions options = evolution_options(spec);
    fit_widths(options, width_stages(options.ratio, spec), spec, input);
    return with_search<MultiPrunerEvol>(std::move(options), spec);
  };
  method.check = [](const RunSpec& spec) {
    static_cast<void>(evolution_options(spec));
    static_cast<void>(lazy_search(spec));
  };
  method.decided_by = [](const RunSpec& spec) {
    return "blocks step by step and then the widths of all others at once, by what harms the " + title_of_metric(spec) +
           " on a\ncalibration text least (MultiPruner-Evol, arXiv 2501.09949, with NSGA-II)";
  };
  method.takes = {"mlp_group",  "head_group", "metric",      "search", "evaluations",
                  "population", "in_band",    "depth_share", "target"};
  return method;
}

/// What Allocation is told, but for groups and blocks to keep. @throws OptionError for what cannot work
[[nodiscard]] inline AllocationOptions allocation_options(const RunSpec& spec) {
  AllocationOptions options{.ratio = required_ratio(spec)};
  if (spec.evaluations) options.evaluations = *spec.evaluations;
  if (spec.depth_share) options.depth_share = *spec.depth_share / 100;
  if (options.depth_share < 1) return options;
  throw OptionError("--depth-share", "nothing is left for the widths", "Give less than 100");
}

MULTIPRUNER_INLINE PolicyMethod allocation_method() {
  PolicyMethod method{.name = "allocation"};
  method.make = [](RunSpec& spec, const PolicyInput& input) -> AnyPolicy {
    AllocationOptions options = allocation_options(spec);
    fit_widths(options, width_stages(options.ratio, spec), spec, input);
    return with_search<Allocation>(std::move(options), spec);
  };
  method.check = [](const RunSpec& spec) {
    static_cast<void>(allocation_options(spec));
    static_cast<void>(lazy_search(spec));
  };
  method.decided_by = [](const RunSpec& spec) {
    return "the widths of all blocks at once, from what narrowing each alone adds to the " + title_of_metric(spec) +
           " on a\ncalibration text, and then by exchanging widths between blocks";
  };
  method.takes = {"mlp_group", "head_group", "metric", "search", "evaluations", "depth_share", "target"};
  method.estimates = true;
  return method;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
