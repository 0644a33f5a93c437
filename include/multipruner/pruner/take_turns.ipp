// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <utility>

#include <multipruner/calibration/gathered_statistics.hpp>
#include <multipruner/core/error.hpp>
#include <multipruner/graph/weights_fingerprint.hpp>
#include <multipruner/plan/extract.hpp>
#include <multipruner/policy/turns.hpp>
#include <multipruner/pruner/take_turns.hpp>
#include <multipruner/search/evaluator.hpp>
#include <multipruner/search/turn_memory.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// The ratios at which the turns end; nothing: the policy runs to its end.
[[nodiscard]] inline std::vector<std::optional<double>> ends_of_turns(const TurnInputs& inputs) {
  if (!inputs.every) return {std::nullopt};
  const std::optional<double> target = inputs.policy.target();
  if (!target) {
    throw OptionError("turns", "the policy goes to its target at once, not step by step",
                      "Let it run in one turn, or use a policy that can be taken to its target in parts");
  }
  const std::vector<double> ends = turns(*inputs.every, *target);
  return {ends.begin(), ends.end()};
}

/// Runs a policy from a start, which is the whole model or what is left of it.
[[nodiscard]] inline PruningResult search_turn(const TurnInputs& inputs, const AnyPolicy& policy, const Graph& start,
                                               const BlockSource* outputs, EvaluatorStatistics& work,
                                               ProgressSink& progress) {
  const std::uint64_t of_turn = &start == &inputs.graph ? 0 : fingerprint_of_weights(start).value();
  std::optional<TurnMemory> memory;
  if (inputs.memory != nullptr) memory.emplace(*inputs.memory, of_turn);
  Evaluator evaluator({.graph = start,
                       .calibration = inputs.calibration,
                       .metric = inputs.metric,
                       .options = inputs.evaluator,
                       .memory = memory ? &*memory : nullptr,
                       .outputs = outputs});
  const TokenWindows& fit = inputs.fit != nullptr ? *inputs.fit : inputs.calibration.front();
  GatheredStatistics statistics(start, fit, inputs.evaluator.compute,
                                {.origin = StatisticsOrigin{}, .rows_per_pass = inputs.evaluator.rows_per_pass},
                                progress);
  PruningResult result = policy.run({start, evaluator, progress, inputs.on_step, statistics, inputs.seed});
  work += evaluator.statistics();
  return result;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline pruner {

MULTIPRUNER_INLINE TurnsTaken take_turns(const TurnInputs& inputs, ProgressSink& progress) {
  const std::vector<std::optional<double>> ends = detail::ends_of_turns(inputs);
  TurnsTaken taken;
  for (const std::optional<double>& end : ends) {
    const Graph& start = taken.graph ? *taken.graph : inputs.graph;
    const AnyPolicy policy = end ? inputs.policy.until(*end) : inputs.policy;
    const std::unique_ptr<BlockSource> outputs = inputs.outputs ? inputs.outputs(start) : nullptr;
    PruningResult result = detail::search_turn(inputs, policy, start, outputs.get(), taken.statistics, progress);
    const ModelView pruned(graph_of(result, start), result.plan, result.graph ? nullptr : outputs.get());
    std::optional<Graph> left;
    if (inputs.compensate) left = inputs.compensate(pruned, {end, result.steps.size()});
    if (!left && ends.size() > 1) left = extract(ModelView(pruned.graph(), pruned.plan()));
    taken.result = joined(std::move(taken.result), std::move(result));
    if (left) taken.graph.emplace(*std::move(left));
  }
  return taken;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline pruner
