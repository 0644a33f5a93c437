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

/// "block", "layer" and "to" of an edit of one block; "edits" with a list of these of one of several.
inline void add_edit(nlohmann::ordered_json& json, const Edit& edit, const BlockList& blocks) {
  const auto add = [&](nlohmann::ordered_json& object, const BlockChoice& change) {
    const BlockSpec& block = blocks[change.block];
    object["block"] = block.kind().name;
    object["layer"] = block.layer();
    object["to"] = choice_json(change.choice, block.kind());
  };
  if (edit.changes().size() == 1) return add(json, edit.front());
  json["edits"] = nlohmann::ordered_json::array();
  for (const BlockChoice& change : edit.changes())
    add(json["edits"].emplace_back(nlohmann::ordered_json::object()), change);
}

inline nlohmann::ordered_json candidate_json(const Candidate& candidate, const BlockList& blocks) {
  nlohmann::ordered_json json;
  add_edit(json, candidate.edit, blocks);
  json["cost"] = candidate.cost.value;
  json["exact"] = candidate.cost.exact;
  return json;
}

/// Whether a step's target tells its block, as in the released code: its layer has no other that is called so.
inline bool is_clear(const std::string& target, const Edit& edit, const BlockList& blocks) {
  Index called_so = 0;
  for (const BlockSpec& block : blocks) {
    if (block.layer() == blocks[edit.front().block].layer() && is_target(block.kind(), target)) ++called_so;
  }
  return called_so <= 1;
}

inline nlohmann::ordered_json step_json(Index number, const PruningStep& step, const Plan& before,
                                        const std::function<double(double)>& display) {
  const SearchStep& search = step.search;
  nlohmann::ordered_json json;
  json["step"] = number;
  json["pruning_target"] = pruning_target(search.edit, before);
  json["importance"] = display(search.cost);
  json["ratio"] = search.ratio;
  json["config_save_to"] = step_config_name(number, search.edit, before);
  add_edit(json, search.edit, before.blocks());
  if (is_clear(json["pruning_target"], search.edit, before.blocks())) json.erase("block");
  json["cost"] = search.cost;
  const bool unusual = !step.samples.empty() && step.samples != usual_samples(search.edit, before.blocks());
  if (unusual) json["samples"] = step.samples;
  json["candidates"] = nlohmann::ordered_json::array();
  for (const Candidate& candidate : search.candidates) {
    json["candidates"].push_back(candidate_json(candidate, before.blocks()));
  }
  for (const Candidate& candidate : search.assumed) {
    json["assumed"].push_back(candidate_json(candidate, before.blocks()));
  }
  return json;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline report {

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
    const Edit& edit = step.search.edit;
    if (edit.only_removes(config.blocks)) depth_evaluations += step.search.candidates.size();
    plan = apply(edit, std::move(plan));
  }
  json["num_evals"] = depth_evaluations;
  json["outcome"] = name_of(result.outcome);
  json["pruned_params"] = count_parameters(result.graph ? result.graph->config() : config, result.plan);
  json["ratio"] = result.ratio;
  json["evaluator"] = {{"plans", context.evaluator.plans},
                       {"estimated_plans", context.evaluator.estimated_plans},
                       {"blocks_asked_for", context.evaluator.blocks_asked_for()},
                       {"blocks_saved_by_early_stop", context.evaluator.blocks_saved_by_early_stop}};
  return json;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline report
