// SPDX-License-Identifier: MIT
#pragma once

#include "console.hpp"
#include "prune_options.hpp"
#include <multipruner/run/make_unit_order.hpp>
#include <multipruner/run/run_texts.hpp>
#include <multipruner/search/evaluator_options.hpp>

namespace multipruner::cli {

/// A run of `multipruner prune` that has not begun.
struct PlannedRun {
  const PruneOptions& options;
  const RunSpec& spec;
  const SequentialThresholdOptions& policy;
  const Graph& graph;
  const RunTexts& texts;
  const EvaluatorOptions& evaluator;
  const UnitOrderOptions& order;
  double judged_tokens = 0;  ///< of the texts that the model is judged on before and after
};

/// Says how many candidates, how long and how much memory it would take. Measures for some seconds.
void print_forecast(const PlannedRun& run, Console& console);

/// Warns if the run needs more memory than there is, which control groups and `ulimit` may bound. Measures nothing.
void warn_of_scarce_memory(const PlannedRun& run, Console& console);

}  // namespace multipruner::cli
