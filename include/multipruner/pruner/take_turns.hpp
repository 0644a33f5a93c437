// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include <multipruner/calibration/calibration.hpp>
#include <multipruner/core/linkage.hpp>
#include <multipruner/core/progress.hpp>
#include <multipruner/graph/graph.hpp>
#include <multipruner/importance/any_metric.hpp>
#include <multipruner/plan/model_view.hpp>
#include <multipruner/policy/any_policy.hpp>
#include <multipruner/policy/pruning_result.hpp>
#include <multipruner/search/cost_memory.hpp>
#include <multipruner/search/evaluator_options.hpp>
#include <multipruner/search/evaluator_statistics.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline pruner {

/// One turn of searching and compensating.
struct Turn {
  std::optional<double> until{};  ///< the ratio in percent at which it ended; nothing where it was the only one
  std::size_t steps = 0;
};

/// What is searched and compensated, and how. All that is referred to must outlive the work.
struct TurnInputs {
  const Graph& graph;  ///< the whole model
  const Calibration& calibration;
  const AnyPolicy& policy;
  AnyMetric metric{};
  EvaluatorOptions evaluator{};
  std::uint64_t seed = 42;  ///< of what the policy draws

  /// Percent of the parameters that go in a turn, which takes a StagedPolicy; nothing: one turn removes all.
  std::optional<double> every{};

  CostMemory* memory = nullptr;  ///< keeps costs beyond the work; or null

  /// Output matrices with which the candidates of a turn are compared that begins at `start`; empty: those of `start`.
  std::function<std::unique_ptr<BlockSource>(const Graph& start)> outputs{};

  /// Makes up for what a turn removed; nothing: what is left stays as it is. Empty: no turn does.
  std::function<std::optional<Graph>(const ModelView& pruned, const Turn& turn)> compensate{};

  PruningStepObserver on_step{};

  /// What statistics of activations are of, and what policies fit something to; null: the first set of the calibration.
  const TokenWindows* fit = nullptr;
};

/// What a run of turns has come to.
struct TurnsTaken {
  PruningResult result;  ///< with the steps of all turns
  /// What is left; nothing: the plan of the result leaves it of the model that the work began with, or of the one that
  /// the policy made.
  std::optional<Graph> graph{};
  EvaluatorStatistics statistics{};
};

/// Searches and compensates, in one turn or in several. Each goes on from what the one before has left, so that
/// candidates are judged in the model that has already taken over what was removed.
/// @throws OptionError for an `every` that leads nowhere, or with a policy that goes to its target at once; what policy
/// and functions throw
[[nodiscard]] TurnsTaken take_turns(const TurnInputs& inputs, ProgressSink& progress = silent_progress());

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline pruner

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/pruner/take_turns.ipp>
#endif
