#pragma once

#include <concepts>
#include <cstddef>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

#include <multipruner/core/linkage.hpp>
#include <multipruner/plan/parameter_count.hpp>
#include <multipruner/policy/pruning_result.hpp>
#include <multipruner/report/step_configs.hpp>
#include <multipruner/search/evaluator_statistics.hpp>

namespace multipruner::inline MULTIPRUNER_ABI {

/// What a run log tells besides the decisions.
struct RunLogContext {
  nlohmann::ordered_json args{};  ///< the settings of the run, under the reference's names where it has them
  bool weight_reorder = false;    ///< whether units were ordered by importance before
  EvaluatorStatistics evaluator{};
};

/// Why a search ended, as logs say it: "reached", "no_candidate" or "no_finite_cost".
[[nodiscard]] constexpr std::string_view name_of(SearchOutcome outcome) {
  switch (outcome) {
    case SearchOutcome::reached:
      return "reached";
    case SearchOutcome::no_candidate:
      return "no_candidate";
    case SearchOutcome::no_finite_cost:
      break;
  }
  return "no_finite_cost";
}

namespace detail {

/// What a step removes, in the words of the released MultiPruner code.
constexpr std::string_view pruning_target(PruningStage stage, BlockKind kind) {
  if (stage == PruningStage::mlp_width) return "MLP width";
  if (stage == PruningStage::attention_width) return "Attn head";
  return kind == BlockKind::attention ? "attn" : "mlp";
}

nlohmann::ordered_json candidate_json(const Candidate& candidate);

template <class Display>
nlohmann::ordered_json step_json(Index number, const PruningStep& step, const Display& costs) {
  const SearchStep& search = step.search;
  nlohmann::ordered_json json;
  json["step"] = number;
  json["pruning_target"] = pruning_target(step.stage, search.move.block.kind);
  json["importance"] = costs.display(search.cost);
  json["ratio"] = search.ratio;
  json["config_save_to"] = step_config_name(number, step.stage);
  json["layer"] = search.move.block.layer;
  json["to"] = search.move.width;
  json["cost"] = search.cost;
  json["candidates"] = nlohmann::ordered_json::array();
  for (const Candidate& candidate : search.candidates) json["candidates"].push_back(candidate_json(candidate));
  return json;
}

}  // namespace detail

/// The log of a pruning run in the form of the released MultiPruner code's `log.json` (args, total_params,
/// weight_reorder, pruning_results, num_evals), with more about every decision and about its end.
///
/// `importance` is the cost as people know it, a perplexity; `cost` is what was compared, for perplexity the mean loss;
/// `to` is the new width of the block, 0 where it is removed. `num_evals` counts the evaluations of the depth stage
/// only, as there. Nothing depends on when, where, or on how many threads the run was made; so of the evaluator's work
/// only that is told which does not depend on how much memory there was, or on interruptions.
///
/// @param costs  has display(cost): the metric, or an Objective
template <class Display>
requires requires(const Display& costs, double cost) {
  { costs.display(cost) } -> std::convertible_to<double>;
}
[[nodiscard]] nlohmann::ordered_json run_log(const ModelConfig& config, const PruningResult& result,
                                             const Display& costs, RunLogContext context = {}) {
  nlohmann::ordered_json json;
  json["args"] = std::move(context.args);
  json["total_params"] = count_parameters(config);
  json["weight_reorder"] = context.weight_reorder;
  json["pruning_results"] = nlohmann::ordered_json::array();
  std::size_t depth_evaluations = 0;
  for (const PruningStep& step : result.steps) {
    json["pruning_results"].push_back(
        detail::step_json(static_cast<Index>(json["pruning_results"].size()), step, costs));
    if (step.stage == PruningStage::depth) depth_evaluations += step.search.candidates.size();
  }
  json["num_evals"] = depth_evaluations;
  json["outcome"] = name_of(result.outcome);
  json["pruned_params"] = count_parameters(config, result.plan);
  json["ratio"] = result.ratio;
  json["evaluator"] = {{"plans", context.evaluator.plans},
                       {"blocks_asked_for", context.evaluator.blocks_asked_for()},
                       {"blocks_saved_by_early_stop", context.evaluator.blocks_saved_by_early_stop}};
  return json;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/report/run_log.ipp>
#endif
