// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <multipruner/blocks/attention.hpp>
#include <multipruner/blocks/gated_mlp.hpp>
#include <multipruner/policy/detail/narrowing.hpp>
#include <multipruner/policy/detail/sequential_stages.hpp>
#include <multipruner/policy/detail/staged_run.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

MULTIPRUNER_INLINE SequentialThresholdOptions one_narrowing_stage(const NarrowingOptions& options) {
  SequentialThresholdOptions stages{.ratio = options.ratio,
                                    .mlp_group = options.mlp_group,
                                    .attention_group = options.attention_group,
                                    .keep = options.keep};
  stages.stages.push_back(
      {.removes = {{.axis = std::string(GatedMlp::axes[0].name)}, {.axis = std::string(Attention::axes[0].name)}}});
  return stages;
}

MULTIPRUNER_INLINE PruningResult narrow_by(const RunContext& context, const NarrowingOptions& options,
                                           EditScore score) {
  const StageInModel stage = stages_in(context.graph.config(), one_narrowing_stage(options)).front();
  StagedRun run(context, stage.until);
  const SearchProblem problem = run.problem(stage.name, stage.samples, stage.until);
  run.take(LowestScore(std::move(score)).search(stage.spaces.back(), run.plan(), problem));
  return std::move(run).finish();
}

MULTIPRUNER_INLINE Narrowing narrowing_of(const Edit& edit, const Plan& before) {
  const auto& [block, choice] = edit.front();
  for (std::size_t axis = 0; axis < most_axes; ++axis) {
    const Index from = before.choice(block)[axis], to = choice[axis];
    if (from != to) return {{block, axis}, from, to};
  }
  return {{block, 0}, choice[0], choice[0]};
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
