#pragma once

#include <map>
#include <string>
#include <utility>

#include <multipruner/plan/move.hpp>
#include <multipruner/plan/pruning_config.hpp>
#include <multipruner/policy/pruning_result.hpp>

namespace multipruner {

/// Where the released MultiPruner code saves the configuration after a step, below its output folder:
/// "pruned_model_configs/config.mlp_width.7.json". Steps are counted from 0 through all stages.
[[nodiscard]] inline std::string step_config_name(Index step, PruningStage stage) {
  const char* name = stage == PruningStage::depth       ? "block"
                     : stage == PruningStage::mlp_width ? "mlp_width"
                                                        : "attn_head";
  return std::string("pruned_model_configs/config.") + name + "." + std::to_string(step) + ".json";
}

/// The pruning_config.json after every step of a run, name → contents.
/// @param plan that the run started from.
[[nodiscard]] inline std::map<std::string, std::string> step_configs(const ModelConfig& config, Plan plan,
                                                                     const PruningResult& result) {
  std::map<std::string, std::string> files;
  for (const PruningStep& step : result.steps) {
    plan = apply(step.search.move, std::move(plan));
    const std::string name = step_config_name(static_cast<Index>(files.size()), step.stage);
    files[name] = to_json(to_pruning_config(config, plan)).dump(4) + "\n";
  }
  return files;
}

}  // namespace multipruner
