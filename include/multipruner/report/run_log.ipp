// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>

#include <nlohmann/json.hpp>

#include <multipruner/core/error.hpp>
#include <multipruner/plan/parameter_count.hpp>
#include <multipruner/report/detail/log_names.hpp>
#include <multipruner/report/run_log.hpp>
#include <multipruner/report/step_configs.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// What a block keeps: a number, or a list of them where it has two axes.
inline nlohmann::ordered_json choice_json(const Choice& choice, const Kind& kind) {
  if (kind.axes.size() == 1) return choice[0];
  return std::vector<Index>(choice.widths.begin(),
                            choice.widths.begin() + static_cast<std::ptrdiff_t>(kind.axes.size()));
}

inline nlohmann::ordered_json candidate_json(const Candidate& candidate, const BlockList& blocks) {
  const BlockSpec& block = blocks[candidate.move.block];
  return {{"block", block.kind().name},
          {"layer", block.layer()},
          {"to", choice_json(candidate.move.choice, block.kind())},
          {"cost", candidate.cost.value},
          {"exact", candidate.cost.exact}};
}

inline nlohmann::ordered_json step_json(Index number, const PruningStep& step, const Plan& before,
                                        const std::function<double(double)>& display) {
  const SearchStep& search = step.search;
  const BlockSpec& block = before.blocks()[search.move.block];
  nlohmann::ordered_json json;
  json["step"] = number;
  json["pruning_target"] = pruning_target(search.move, before);
  json["importance"] = display(search.cost);
  json["ratio"] = search.ratio;
  json["config_save_to"] = step_config_name(number, search.move, before);
  json["layer"] = block.layer();
  json["to"] = choice_json(search.move.choice, block.kind());
  json["cost"] = search.cost;
  json["candidates"] = nlohmann::ordered_json::array();
  for (const Candidate& candidate : search.candidates) json["candidates"].push_back(candidate_json(candidate, before.blocks()));
  return json;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI {

MULTIPRUNER_INLINE nlohmann::ordered_json run_log(const ModelConfig& config, Plan plan, const PruningResult& result,
                                                  const std::function<double(double)>& display,
                                                  const RunLogContext& context) {
  if (!display) throw OptionError("run log", "nothing displays the costs", "Give e.g. a metric's display");
  nlohmann::ordered_json json;
  json["args"] = context.args.json();
  json["total_params"] = count_parameters(config);
  json["weight_reorder"] = context.weight_reorder;
  json["pruning_results"] = nlohmann::ordered_json::array();
  std::size_t depth_evaluations = 0;
  for (const PruningStep& step : result.steps) {
    json["pruning_results"].push_back(
        detail::step_json(static_cast<Index>(json["pruning_results"].size()), step, plan, display));
    const Move& move = step.search.move;
    if (config.blocks[move.block].kind().is_gone(move.choice)) depth_evaluations += step.search.candidates.size();
    plan = apply(move, std::move(plan));
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
