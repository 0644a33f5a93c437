// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <optional>
#include <vector>

#include <multipruner/importance/angular_distance.hpp>
#include <multipruner/policy/consecutive_layers.hpp>
#include <multipruner/policy/detail/layer_walk.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// Runs of so many layers none of which is to be kept.
/// @param all  layers of the model, in their order @param open  those that may go
[[nodiscard]] inline std::vector<std::vector<Edit>> runs_of(const std::vector<Edit>& all, const std::vector<Edit>& open,
                                                            std::size_t length) {
  std::vector<std::vector<Edit>> runs;
  std::vector<Edit> run;  // the last open ones so far
  for (const Edit& layer : all) {
    run.push_back(layer);
    if (run.size() > length) run.erase(run.begin());
    if (std::ranges::find(open, layer) == open.end()) run.clear();
    if (run.size() == length) runs.push_back(run);
  }
  return runs;
}

/// The one across which the stream turns least. @param runs  one or more
[[nodiscard]] inline std::vector<Edit> least_turning(const Graph& graph, const ModelStatistics& statistics,
                                                     const std::vector<std::vector<Edit>>& runs) {
  const std::vector<Edit>* best = nullptr;
  double lowest = 0;
  for (const std::vector<Edit>& run : runs) {
    const BlockId first = run.front().front().block, last = run.back().front().block;
    const double distance = angular_distance(statistics, graph.spec(first).layer(), graph.spec(last).layer());
    require_finite_score(graph.label(first), AngularDistance::name, distance);
    if (best != nullptr && distance >= lowest) continue;
    best = &run;
    lowest = distance;
  }
  return *best;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline policy {

MULTIPRUNER_INLINE PruningResult ConsecutiveLayers::run(const RunContext& context) const {
  detail::LayerWalk walk(context, options_);
  const ModelStatistics& statistics = context.statistics.gather(angular_distance_needs);
  const std::vector<Edit> all = LayerRemoval{}.edits(Plan(context.graph)), open = walk.layers();
  std::vector<Edit> run;
  while (!walk.reached_by(run)) {
    const std::vector<std::vector<Edit>> longer = detail::runs_of(all, open, run.size() + 1);
    if (longer.empty()) break;
    run = detail::least_turning(context.graph, statistics, longer);
  }
  for (const Edit& layer : run) walk.take(layer);
  return std::move(walk).finish();
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline policy
