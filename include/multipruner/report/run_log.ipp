#pragma once

#include <cstddef>

#include <nlohmann/json.hpp>

#include <multipruner/core/error.hpp>
#include <multipruner/plan/parameter_count.hpp>
#include <multipruner/report/run_log.hpp>
#include <multipruner/report/step_configs.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// What a step removes, in the words of the released MultiPruner code.
constexpr std::string_view pruning_target(PruningStage stage, BlockKind kind) {
  if (stage == PruningStage::mlp_width) return "MLP width";
  if (stage == PruningStage::attention_width) return "Attn head";
  return kind == BlockKind::attention ? "attn" : "mlp";
}

inline nlohmann::ordered_json candidate_json(const Candidate& candidate) {
  return {{"block", name_of(candidate.move.block.kind)},
          {"layer", candidate.move.block.layer},
          {"to", candidate.move.width},
          {"cost", candidate.cost.value},
          {"exact", candidate.cost.exact}};
}

inline nlohmann::ordered_json step_json(Index number, const PruningStep& step,
                                        const std::function<double(double)>& display) {
  const SearchStep& search = step.search;
  nlohmann::ordered_json json;
  json["step"] = number;
  json["pruning_target"] = pruning_target(step.stage, search.move.block.kind);
  json["importance"] = display(search.cost);
  json["ratio"] = search.ratio;
  json["config_save_to"] = step_config_name(number, step.stage);
  json["layer"] = search.move.block.layer;
  json["to"] = search.move.width;
  json["cost"] = search.cost;
  json["candidates"] = nlohmann::ordered_json::array();
  for (const Candidate& candidate : search.candidates) json["candidates"].push_back(candidate_json(candidate));
  return json;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI {

MULTIPRUNER_INLINE nlohmann::ordered_json run_log(const ModelConfig& config, const PruningResult& result,
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
        detail::step_json(static_cast<Index>(json["pruning_results"].size()), step, display));
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
