// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <optional>
#include <utility>

#include <multipruner/calibration/calibration.hpp>
#include <multipruner/calibration/gathered_statistics.hpp>
#include <multipruner/compensation/candidate_compensator.hpp>
#include <multipruner/compensation/no_compensation.hpp>
#include <multipruner/core/error.hpp>
#include <multipruner/core/linkage.hpp>
#include <multipruner/core/progress.hpp>
#include <multipruner/graph/finite.hpp>
#include <multipruner/policy/pruning_policy.hpp>
#include <multipruner/policy/staged_policy.hpp>
#include <multipruner/policy/turns.hpp>
#include <multipruner/pruner/pruned_model.hpp>
#include <multipruner/search/evaluator.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline pruner {

/// The sentence a user writes: what is measured, and how it is decided what to remove.
///
///     Pruner<Perplexity, SequentialThreshold<Greedy>> pruner{{.ratio = 22, .split = {44, 52, 4}}};
///     const Plan plan = pruner.plan(graph, calibration);
///
/// A third class says what makes up for the loss: Pruner<Perplexity, SequentialThreshold<Greedy>, StreamMatching>. One
/// that is a CandidateCompensator, as LocalCompensation, has a say in the search.
///
/// A pruner holds options only; it may be used again and from several threads.
template <class Metric, class Policy, class Compensation = NoCompensation>
class Pruner {
  static_assert(PlanMetric<Metric>,
                "Pruner<Metric, Policy>: Metric must be a PlanMetric: name, window_costs(view, stream, windows, costs, "
                "workspace), combine(view, costs), display(cost)");
  static_assert(PruningPolicy<Policy>,
                "Pruner<Metric, Policy>: Policy must be a PruningPolicy: a type Options, a constructor from it, and "
                "run(const RunContext&) returning a PruningResult");
  static_assert(Compensator<Compensation>,
                "Pruner<Metric, Policy, Compensation>: Compensation must be a Compensator: name, and "
                "compensate(dense, pruned, windows, progress) returning a CompensatedModel");

 public:
  explicit Pruner(typename Policy::Options options, Metric metric = {}, EvaluatorOptions evaluator = {},
                  Compensation compensation = Compensation())
      : policy_(std::move(options)),
        metric_(std::move(metric)),
        evaluator_(evaluator),
        compensation_(std::move(compensation)) {}

  /// Runs the policy and returns its plan with the history of how it came about; nothing is compensated.
  /// @throws DataError if the weights are not finite or the calibration data does not fit the model
  /// @throws OptionError if the policy's options cannot work for this model
  [[nodiscard]] PruningResult prune(const Graph& graph, const Calibration& calibration,
                                    ProgressSink& progress = silent_progress(),
                                    const PruningStepObserver& on_step = {}) const {
    require_finite(graph);
    return search(policy_, graph, calibration, nullptr, progress, on_step);
  }

  /// Runs the policy, and compensates on the first set of the calibration data.
  /// @throws as `prune`, and what the compensation throws: for a model that it cannot serve, before anything is
  /// searched. A model that the policy itself has made is seen only then: where its blocks are not those of the dense
  /// one, what compares both throws after the search, whose result `prune` gives
  [[nodiscard]] PrunedModel compress(const Graph& graph, const Calibration& calibration,
                                     ProgressSink& progress = silent_progress(),
                                     const PruningStepObserver& on_step = {}) const {
    require_compressible(graph);
    return compress(policy_, graph, graph, calibration, progress, on_step);
  }

  /// Searches and compensates in turn: until `every` percent of the parameters are gone, then until twice as many, and
  /// so on to the policy's target. Each turn goes on from the compensated model of the one before, and compensates
  /// against the dense one, so that candidates are judged in the model that has already taken over what was removed.
  ///
  /// The steps of the result are those of all turns, the weights that were solved those of the last one.
  /// @throws OptionError unless `every` is above 0; otherwise as `compress`
  [[nodiscard]] PrunedModel compress_in_turn(
      const Graph& graph, const Calibration& calibration, double every, ProgressSink& progress = silent_progress(),
      const PruningStepObserver& on_step = {}) const requires StagedPolicy<Policy> {
    require_compressible(graph);
    std::optional<PrunedModel> model;
    for (const double until : turns(every, policy_.target())) {
      const Graph& start = model ? model->graph : graph;
      PrunedModel next = compress(policy_.until(until), graph, start, calibration, progress, on_step);
      if (model) next.result = joined(std::move(model->result), std::move(next.result));
      model.emplace(std::move(next));
    }
    return *std::move(model);
  }

  /// The plan alone. @throws OptionError where it is of another graph that the policy made; otherwise as `prune`.
  [[nodiscard]] Plan plan(const Graph& graph, const Calibration& calibration) const {
    PruningResult result = prune(graph, calibration);
    if (!result.graph) return std::move(result.plan);
    throw OptionError("plan", "the policy made another model, of which its plan is", "Use prune or compress");
  }

 private:
  void require_compressible(const Graph& graph) const {
    require_finite(graph);
    require_applicable(compensation_, graph.config());
  }

  [[nodiscard]] PruningResult search(const Policy& policy, const Graph& graph, const Calibration& calibration,
                                     const BlockSource* outputs, ProgressSink& progress,
                                     const PruningStepObserver& on_step) const {
    Evaluator evaluator({graph, calibration, metric_, evaluator_, nullptr, outputs});
    GatheredStatistics statistics(graph, calibration.front(), evaluator_.compute,
                                  {.origin = StatisticsOrigin{}, .rows_per_pass = evaluator_.rows_per_pass}, progress);
    return policy.run({graph, evaluator, progress, on_step, statistics, evaluator_.seed});
  }

  /// Goes on from `start`, which is the dense model or what is left of it.
  [[nodiscard]] PrunedModel compress(const Policy& policy, const Graph& dense, const Graph& start,
                                     const Calibration& calibration, ProgressSink& progress,
                                     const PruningStepObserver& on_step) const {
    std::unique_ptr<BlockSource> outputs;
    if constexpr (CandidateCompensator<Compensation>) {
      outputs = compensation_.outputs(start, calibration.front(), progress);
    }
    PruningResult result = search(policy, start, calibration, outputs.get(), progress, on_step);
    const ModelView pruned(graph_of(result, start), result.plan, result.graph ? nullptr : outputs.get());
    CompensatedModel model = compensation_.compensate(ModelView(dense), pruned, calibration.front(), progress);
    return {std::move(model.graph), std::move(result), std::move(model.weights)};
  }

  Policy policy_;
  Metric metric_;
  EvaluatorOptions evaluator_;
  Compensation compensation_;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline pruner
