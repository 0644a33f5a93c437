// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/policy/any_policy.hpp>
#include <multipruner/policy/forecast.hpp>
#include <multipruner/run/make_unit_order.hpp>
#include <multipruner/run/run_compensation.hpp>
#include <multipruner/run/run_phase.hpp>
#include <multipruner/run/run_texts.hpp>
#include <multipruner/search/evaluator_options.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline running {

/// A run that has not begun, resolved. All that it refers to must outlive it.
struct PlannedRun {
  const Graph& graph;
  const RunTexts& texts;
  const AnyPolicy& policy;
  const EvaluatorOptions& evaluator;
  const UnitOrderOptions& order;
  const RunCompensationOptions& compensation;
  double head_products = 1;  ///< that the cost of a token takes (`CostMetric`)
  bool may_copy = true;      ///< whether there is memory for a copy of the model, in about its later order
  Index generated_windows = 0;
  double judged_tokens = 0;  ///< of the texts that the model is judged on before and after
  Index judged_texts = 0;
};

/// What a whole run is expected to take.
struct RunForecast {
  Forecast search;
  double seconds = 0;
  Index memory_bytes = 0;
  std::vector<RunPhase> phases{};  ///< of which the seconds are the sum
};

/// Measures for some seconds.
[[nodiscard]] RunForecast forecast_run(const PlannedRun& run, double seconds = 5);

/// Bytes that a run takes at least, with all that the process has already. Measures nothing.
/// @param stream_bytes  that the search keeps; those that do not fit are not kept
[[nodiscard]] Index run_bytes(const PlannedRun& run, Index stream_bytes = 0);

/// "memory: this run takes about 12 GB, and 8 GB are available; ...": a warning for a run that needs more than there
/// is.
[[nodiscard]] std::string warning_of_memory(Index needed, Index available);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline running

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/run/run_forecast.ipp>
#endif
