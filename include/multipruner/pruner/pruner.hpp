// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <multipruner/calibration/calibration.hpp>
#include <multipruner/compensation/candidate_compensator.hpp>
#include <multipruner/compensation/no_compensation.hpp>
#include <multipruner/core/error.hpp>
#include <multipruner/core/linkage.hpp>
#include <multipruner/graph/finite.hpp>
#include <multipruner/importance/metric_identity.hpp>
#include <multipruner/policy/any_policy.hpp>
#include <multipruner/policy/pruning_policy.hpp>
#include <multipruner/policy/staged_policy.hpp>
#include <multipruner/pruner/pruned_model.hpp>
#include <multipruner/pruner/pruner_hooks.hpp>
#include <multipruner/pruner/take_turns.hpp>
#include <multipruner/report/cost_identity.hpp>
#include <multipruner/report/cost_journal.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline pruner {

/// The sentence a user writes: what is measured, and how it is decided what to remove.
///
///     Pruner<Perplexity, SequentialThreshold<Greedy>> pruner{{.ratio = 22, .split = {44, 52, 4}}};
///     const Plan plan = pruner.plan(graph, calibration);
///
/// A third class says what makes up for the loss: Pruner<Perplexity, SequentialThreshold<Greedy>, StreamMatching>. One
/// that is a CandidateCompensator, as LocalCompensation, has a say in the search.
///
/// With a journal (PrunerHooks) a run that was interrupted goes on from what was measured, to the same result. A run
/// from a folder to a folder, with a choice of compensation on held-out windows and a model card, is a PruningRun; both
/// take their turns in `take_turns`.
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
  /// @throws DataError if the weights are not finite or the calibration data does not fit the model, and for a journal
  /// of something else
  /// @throws OptionError if the policy's options cannot work for this model
  [[nodiscard]] PruningResult prune(const Graph& graph, const Calibration& calibration,
                                    const PrunerHooks& hooks = {}) const {
    require_finite(graph);
    const AnyPolicy policy(policy_);
    const std::unique_ptr<CostJournal> journal = open_journal(graph, calibration, hooks);
    return take_turns(inputs(graph, calibration, policy, journal.get(), hooks), hooks.progress).result;
  }

  /// Runs the policy, and compensates on the first set of the calibration data.
  /// @throws as `prune`, and what the compensation throws: for a model that it cannot serve, before anything is
  /// searched. A model that the policy itself has made is seen only then: where its blocks are not those of the dense
  /// one, what compares both throws after the search, whose result `prune` gives
  [[nodiscard]] PrunedModel compress(const Graph& graph, const Calibration& calibration,
                                     const PrunerHooks& hooks = {}) const {
    return compress(graph, calibration, std::nullopt, hooks);
  }

  /// Searches and compensates in turn: until `every` percent of the parameters are gone, then until twice as many, and
  /// so on to the policy's target. Each turn goes on from the compensated model of the one before, and compensates
  /// against the dense one, so that candidates are judged in the model that has already taken over what was removed.
  ///
  /// The steps of the result are those of all turns, the weights that were solved those of the last one.
  /// @throws OptionError unless `every` is above 0; otherwise as `compress`
  [[nodiscard]] PrunedModel compress_in_turn(const Graph& graph, const Calibration& calibration, double every,
                                             const PrunerHooks& hooks = {}) const requires StagedPolicy<Policy> {
    return compress(graph, calibration, every, hooks);
  }

  /// The plan alone. @throws OptionError where it is of another graph that the policy made; otherwise as `prune`.
  [[nodiscard]] Plan plan(const Graph& graph, const Calibration& calibration, const PrunerHooks& hooks = {}) const {
    PruningResult result = prune(graph, calibration, hooks);
    if (!result.graph) return std::move(result.plan);
    throw OptionError("plan", "the policy made another model, of which its plan is", "Use prune or compress");
  }

 private:
  [[nodiscard]] std::unique_ptr<CostJournal> open_journal(const Graph& graph, const Calibration& calibration,
                                                          const PrunerHooks& hooks) const {
    if (hooks.journal.empty()) return nullptr;
    return std::make_unique<CostJournal>(
        hooks.journal, cost_identity(model_identity(graph), calibration, metric_identity(metric_), evaluator_));
  }

  [[nodiscard]] TurnInputs inputs(const Graph& graph, const Calibration& calibration, const AnyPolicy& policy,
                                  CostMemory* memory, const PrunerHooks& hooks) const {
    return {.graph = graph,
            .calibration = calibration,
            .policy = policy,
            .metric = metric_,
            .evaluator = evaluator_,
            .seed = evaluator_.seed,
            .memory = memory,
            .on_step = hooks.on_step};
  }

  [[nodiscard]] PrunedModel compress(const Graph& graph, const Calibration& calibration,
                                     const std::optional<double>& every, const PrunerHooks& hooks) const {
    require_finite(graph);
    require_applicable(compensation_, graph.config());
    const AnyPolicy policy(policy_);
    const std::unique_ptr<CostJournal> journal = open_journal(graph, calibration, hooks);
    ProgressSink& progress = hooks.progress;
    std::vector<SolvedWeight> solved;
    TurnInputs turns = inputs(graph, calibration, policy, journal.get(), hooks);
    turns.every = every;
    if constexpr (CandidateCompensator<Compensation>) {
      turns.outputs = [&](const Graph& start) -> std::unique_ptr<BlockSource> {
        return compensation_.outputs(start, calibration.front(), progress);
      };
    }
    turns.compensate = [&](const ModelView& pruned, const Turn&) {
      CompensatedModel model = compensation_.compensate(ModelView(graph), pruned, calibration.front(), progress);
      solved = std::move(model.weights);
      return std::optional<Graph>(std::move(model.graph));
    };
    TurnsTaken taken = take_turns(turns, progress);
    return {*std::move(taken.graph), std::move(taken.result), std::move(solved)};
  }

  Policy policy_;
  Metric metric_;
  EvaluatorOptions evaluator_;
  Compensation compensation_;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline pruner
