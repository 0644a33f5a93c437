#pragma once

#include <utility>

#include <multipruner/calibration/calibration.hpp>
#include <multipruner/compensation/no_compensation.hpp>
#include <multipruner/core/progress.hpp>
#include <multipruner/graph/finite.hpp>
#include <multipruner/policy/pruning_policy.hpp>
#include <multipruner/pruner/pruned_model.hpp>
#include <multipruner/search/evaluator.hpp>

namespace multipruner {

/// The sentence a user writes: what is measured, and how it is decided what to remove.
///
///     Pruner<Perplexity, SequentialThreshold<Greedy>> pruner{{.ratio = 22, .split = {44, 52, 4}}};
///     const Plan plan = pruner.plan(graph, calibration);
///
/// A third class says what makes up for the loss: Pruner<Perplexity, SequentialThreshold<Greedy>, StreamMatching>.
///
/// A pruner holds options only; it may be used again and from several threads.
template <class Metric, class Policy, class Compensation = NoCompensation>
class Pruner {
  static_assert(PlanMetric<Metric>,
                "Pruner<Metric, Policy>: Metric must be a PlanMetric: name, window_costs(view, stream, windows, costs, "
                "workspace), combine(view, costs), display(cost)");
  static_assert(PruningPolicy<Policy>,
                "Pruner<Metric, Policy>: Policy must be a PruningPolicy: a type Options, a constructor from it, and "
                "run(graph, objective, progress, on_step) returning a PruningResult");
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

  /// Runs the policy and returns its plan with the history of how it came about.
  /// @throws DataError if the weights are not finite or the calibration data does not fit the model
  /// @throws OptionError if the policy's options cannot work for this model
  [[nodiscard]] PruningResult prune(const Graph& graph, const Calibration& calibration,
                                    ProgressSink& progress = silent_progress(),
                                    const PruningStepObserver& on_step = {}) const {
    require_finite(graph);
    Evaluator<Metric> evaluator(graph, calibration, metric_, evaluator_);
    return policy_.run(graph, evaluator, progress, on_step);
  }

  /// Runs the policy, and compensates on the block set of the calibration data.
  /// @throws as `prune`, and what the compensation throws
  [[nodiscard]] PrunedModel compress(const Graph& graph, const Calibration& calibration,
                                     ProgressSink& progress = silent_progress(),
                                     const PruningStepObserver& on_step = {}) const {
    PruningResult result = prune(graph, calibration, progress, on_step);
    const ModelView dense(graph), pruned(graph, result.plan);
    CompensatedModel model = compensation_.compensate(dense, pruned, calibration.block, progress);
    return {std::move(model.graph), std::move(result), std::move(model.weights)};
  }

  /// The plan alone.
  [[nodiscard]] Plan plan(const Graph& graph, const Calibration& calibration) const {
    return prune(graph, calibration).plan;
  }

 private:
  Policy policy_;
  Metric metric_;
  EvaluatorOptions evaluator_;
  Compensation compensation_;
};

}  // namespace multipruner
