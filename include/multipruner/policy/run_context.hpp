// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include <multipruner/calibration/statistics_source.hpp>
#include <multipruner/core/linkage.hpp>
#include <multipruner/core/progress.hpp>
#include <multipruner/graph/graph.hpp>
#include <multipruner/policy/pruning_result.hpp>
#include <multipruner/search/objective.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline policy {

/// What a policy is given for a run. In a dry run all of it is assumed: plans are not measured, and no statistics are
/// gathered.
struct RunContext {
  const Graph& graph;    ///< the model to prune, or what an earlier turn has left of it
  Objective& objective;  ///< says what plans cost
  ProgressSink& progress = silent_progress();
  PruningStepObserver on_step{};                   ///< may be empty
  StatisticsSource& statistics = no_statistics();  ///< of the activations of the graph, and the windows they are of
  std::uint64_t seed = 42;                         ///< of all that the policy draws
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline policy
