// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/graph/graph.hpp>
#include <multipruner/search/search_result.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline policy {

/// One decision of a pruning run.
struct PruningStep {
  std::string stage{};  ///< what people call it: "blocks", "MLP channels"
  SearchStep search{};
  std::string samples{};  ///< the name of the windows on which its candidates were judged
};

/// Told of every step of a run as soon as it is taken.
using PruningStepObserver = std::function<void(const PruningStep&)>;

/// A plan that a run found, with what it costs and removes.
struct FrontPoint {
  Plan plan;
  double cost = 0;
  double ratio = 0;  ///< percent of the unpruned model's parameters
};

/// What a pruning run arrived at. A target that cannot be reached is an outcome, not an error: the plan is then as far
/// as the run came.
struct PruningResult {
  Plan plan{};                                     ///< the best one
  std::vector<PruningStep> steps{};                ///< how it came about, where it was walked to
  SearchOutcome outcome = SearchOutcome::reached;  ///< why the run stopped
  double ratio = 0;                                ///< percent of the unpruned model's parameters that the plan removes
  /// The Pareto front of a search that weighs several measures: plans that no other one beats in one measure without
  /// being worse in another, the largest model first; empty where there is but one best plan.
  std::vector<FrontPoint> front{};
  /// What the plan is of, where the policy made another model, e.g. by merging layers; nothing: what it was given.
  std::optional<Graph> graph{};
};

/// What the plan of a result is of. @param given  to the policy
[[nodiscard]] inline const Graph& graph_of(const PruningResult& result, const Graph& given) {
  return result.graph ? *result.graph : given;
}
const Graph& graph_of(const PruningResult&, const Graph&&) = delete;

/// The blocks that a run removed, first removed first: what `save` wants to know of how a plan came about.
[[nodiscard]] std::vector<BlockId> removals_of(const PruningResult& result);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline policy

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/policy/pruning_result.ipp>
#endif
