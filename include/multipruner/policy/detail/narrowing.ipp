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

MULTIPRUNER_INLINE StageSelector channels_of(const NarrowingOptions& options) {
  return {.axis = std::string(GatedMlp::axes[0].name), .group = options.mlp_group, .alike = options.alike};
}

MULTIPRUNER_INLINE StageSelector heads_of(const NarrowingOptions& options) {
  return {.axis = std::string(Attention::axes[0].name), .group = options.attention_group, .alike = options.alike};
}

MULTIPRUNER_INLINE std::vector<StageSelector> widths_of(const NarrowingOptions& options) {
  std::vector<StageSelector> selectors{channels_of(options)};
  if (options.heads) selectors.push_back(heads_of(options));
  return selectors;
}

MULTIPRUNER_INLINE SequentialThresholdOptions one_narrowing_stage(const NarrowingOptions& options) {
  SequentialThresholdOptions stages{.ratio = options.ratio,
                                    .mlp_group = options.mlp_group,
                                    .attention_group = options.attention_group,
                                    .keep = options.keep};
  stages.stages.push_back({.removes = widths_of(options)});
  return stages;
}

/// What one change of an edit of a narrowing stage does.
[[nodiscard]] inline Narrowing narrowing_of(const BlockChoice& change, const Plan& before) {
  for (std::size_t axis = 0; axis < most_axes; ++axis) {
    const Index from = before.choice(change.block)[axis], to = change.choice[axis];
    if (from != to) return {{change.block, axis}, from, to};
  }
  return {{change.block, 0}, change.choice[0], change.choice[0]};
}

MULTIPRUNER_INLINE PruningResult narrow_by(const RunContext& context, const NarrowingOptions& options,
                                           NarrowingScore score) {
  const StageInModel stage = stages_in(context.graph.config(), one_narrowing_stage(options)).front();
  StagedRun run(context, stage.until);
  const SearchProblem problem = run.problem(stage.name, stage.samples, stage.until);
  const auto mean_score = [score = std::move(score)](const Edit& edit, const Plan& before) {
    double sum = 0;
    for (const BlockChoice& change : edit.changes()) sum += score(narrowing_of(change, before), before);
    return sum / static_cast<double>(edit.changes().size());
  };
  run.take(LowestScore(mean_score).search(stage.spaces.back(), run.plan(), problem));
  return std::move(run).finish();
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
