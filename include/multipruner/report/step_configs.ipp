// SPDX-License-Identifier: MIT
#pragma once

#include <utility>

#include <nlohmann/json.hpp>

#include <multipruner/plan/move.hpp>
#include <multipruner/plan/pruning_config.hpp>
#include <multipruner/report/step_configs.hpp>

namespace multipruner::inline MULTIPRUNER_ABI {

MULTIPRUNER_INLINE std::string step_config_name(Index step, PruningStage stage) {
  const char* name = stage == PruningStage::depth       ? "block"
                     : stage == PruningStage::mlp_width ? "mlp_width"
                                                        : "attn_head";
  return std::string("pruned_model_configs/config.") + name + "." + std::to_string(step) + ".json";
}

MULTIPRUNER_INLINE std::map<std::string, std::string> step_configs(const ModelConfig& config, Plan plan,
                                                                   const PruningResult& result) {
  std::map<std::string, std::string> files;
  for (const PruningStep& step : result.steps) {
    plan = apply(step.search.move, std::move(plan));
    const std::string name = step_config_name(static_cast<Index>(files.size()), step.stage);
    files[name] = to_json(to_pruning_config(config, plan)).dump(4) + "\n";
  }
  return files;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI
