// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/policy/sequential_threshold.hpp>
#include <multipruner/run/policy_method.hpp>
#include <multipruner/run/sequential_choices.hpp>
#include <multipruner/search/lazy_greedy.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

[[nodiscard]] inline AnyPolicy make_sequential(RunSpec& spec, const PolicyInput& input) {
  SequentialThresholdOptions options = sequential_options(spec);
  if (input.mask.kept && input.mask.has_mask()) align_groups(input.graph, options);
  resolve_groups(input.graph.config(), options);
  spec.mlp_group = options.mlp_group;
  spec.head_group = options.attention_group;
  resolve_kept_blocks(input.graph, spec, options);
  const std::optional<LazyGreedyOptions> lazy = lazy_search(spec);
  if (lazy) return SequentialThreshold<LazyGreedy>(std::move(options), LazyGreedy(*lazy));
  return SequentialThreshold<>(std::move(options));
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline running {

MULTIPRUNER_INLINE Registry<PolicyMethod> shipped_policies() {
  return {"--policy",
          {{.name = "multipruner",
            .make = detail::make_sequential,
            .check =
                [](const RunSpec& spec) {
                  static_cast<void>(sequential_options(spec));
                  static_cast<void>(lazy_search(spec));
                },
            .stages = [](const RunSpec& spec) { return stages_of(sequential_options(spec)); },
            .takes_cheapest = true}}};
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline running
