// SPDX-License-Identifier: MIT
#pragma once

#include <cctype>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

#include <multipruner/plan/config_conversion.hpp>
#include <multipruner/plan/edit.hpp>
#include <multipruner/report/detail/log_names.hpp>
#include <multipruner/report/step_configs.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline report {

MULTIPRUNER_INLINE std::string step_config_name(Index step, const Edit& edit, const Plan& before) {
  std::string name = edit.only_removes(before.blocks()) ? "block" : "";
  if (name.empty()) {
    for (const char c : detail::pruning_target(edit, before))
      name += c == ' ' ? '_' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return "pruned_model_configs/config." + name + "." + std::to_string(step) + ".json";
}

MULTIPRUNER_INLINE std::map<std::string, std::string> step_configs(const ModelConfig& config, Plan plan,
                                                                   const PruningResult& result,
                                                                   const std::vector<BlockId>& known) {
  std::map<std::string, std::string> files;
  std::vector<BlockId> order = known;
  for (const PruningStep& step : result.steps) {
    const std::string name = step_config_name(static_cast<Index>(files.size()), step.search.edit, plan);
    plan = apply(step.search.edit, std::move(plan));
    for (const BlockId block : step.search.edit.removals(config.blocks)) order.push_back(block);
    files[name] = to_json(to_pruning_config(config, plan, order)).dump(4) + "\n";
  }
  return files;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline report
