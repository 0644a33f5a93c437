// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <string>

#include <multipruner/core/linkage.hpp>
#include <multipruner/policy/pruning_result.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline report {

/// Where the released MultiPruner code saves the configuration after a step, below its output folder:
/// "pruned_model_configs/config.mlp_width.7.json". Steps are counted from 0 through all stages.
/// @param before  the plan that the step started from
[[nodiscard]] std::string step_config_name(Index step, const Edit& edit, const Plan& before);

/// The pruning_config.json after every step of a run, name → contents.
/// @param plan that the run started from.
/// @param known  the order in which blocks that it lacks were removed before, as far as known
[[nodiscard]] std::map<std::string, std::string> step_configs(const ModelConfig& config, Plan plan,
                                                              const PruningResult& result,
                                                              const std::vector<BlockId>& known = {});

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline report

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/report/step_configs.ipp>
#endif
