// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include <multipruner/core/linkage.hpp>
#include <multipruner/graph/model_config.hpp>
#include <multipruner/io/json_object.hpp>
#include <multipruner/policy/pruning_result.hpp>
#include <multipruner/search/evaluator_statistics.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline report {

/// What a run log tells besides the decisions.
struct RunLogContext {
  JsonObject args{};            ///< the settings of the run, under the reference's names where it has them
  bool weight_reorder = false;  ///< whether units were ordered by importance before
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

/// The log of a pruning run in the form of the released MultiPruner code's `log.json` (args, total_params,
/// weight_reorder, pruning_results, num_evals), with more about every decision and about its end.
///
/// `importance` is the cost as people know it, a perplexity; `cost` is what was compared, for perplexity the mean loss;
/// `to` is the new width of the block, 0 where it is removed, or a list of widths where it has two axes. `num_evals`
/// counts the evaluations of steps that removed blocks only, as there. Nothing depends on when, where, or on how many
/// threads the run was made; so of the evaluator's work only that is told which does not depend on how much memory
/// there was, or on interruptions.
///
/// @param plan  that the run started from
/// @param display  makes the number that people know of a cost, e.g. Perplexity's
/// @throws OptionError where it is empty
[[nodiscard]] nlohmann::ordered_json run_log(const ModelConfig& config, Plan plan, const PruningResult& result,
                                             const std::function<double(double)>& display,
                                             const RunLogContext& context = {});

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline report

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/report/run_log.ipp>
#endif
