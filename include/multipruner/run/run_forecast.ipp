// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>

#include <multipruner/core/memory.hpp>
#include <multipruner/policy/turns.hpp>
#include <multipruner/report/readable.hpp>
#include <multipruner/run/run_forecast.hpp>
#include <multipruner/search/memory_budget.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

[[nodiscard]] inline double number_of_turns(const PlannedRun& run) {
  const auto every = run.compensation.every;
  return every ? static_cast<double>(turns(*every, run.policy.target().value_or(*every)).size()) : 1;
}

/// Passes of a token through the whole model that making the order and compensating take, about.
[[nodiscard]] inline double passes_to_fit(const PlannedRun& run, double ratio) {
  const UnitOrdering& ordering = run.order.ordering;
  const CompensationMethod& method = run.compensation.method;
  const double left = 1 - ratio / 100;
  // A Gram matrix takes about as long as the block itself.
  const double order = ordering.needs_statistics() ? (ordering.needs_gram() ? 2 : 1) : 0;
  const double solving =
      method.solve ? static_cast<double>(run.compensation.settings.ridges.size()) * (1 + 3 * left) : 0;
  const double in_candidates = method.outputs ? 2 : 0;
  return order + number_of_turns(run) * (solving + in_candidates);
}

/// Generating a token takes about as long as so many passes of it.
inline constexpr double passes_to_generate = 2;

[[nodiscard]] inline Index generated_tokens(const PlannedRun& run) {
  return run.generated_windows * run.texts.fit.longest();
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline running {

MULTIPRUNER_INLINE RunForecast forecast_run(const PlannedRun& run) {
  RunForecast result;
  result.search = forecast(run.policy, run.graph, run.texts.calibration, run.evaluator);
  const Forecast& search = result.search;
  const double judging = run.judged_tokens * (2 - search.ratio / 100);
  const auto generated = static_cast<double>(detail::generated_tokens(run));
  const double to_fit = static_cast<double>(run.texts.fit.tokens().size()) + generated;
  const double fitting = to_fit * detail::passes_to_fit(run, search.ratio) + generated * detail::passes_to_generate;
  result.seconds = search.seconds + search.seconds_per_token * (judging + fitting);
  result.memory_bytes = run_bytes(run, search.stream_bytes);
  return result;
}

MULTIPRUNER_INLINE Index run_bytes(const PlannedRun& run, Index stream_bytes) {
  Index copies = 0;
  for_each_tensor(run.graph, [&](TensorRole, Index layer, const WeightView& weight) {
    if (layer >= 0 && weight && !run.order.ordering.is_none()) copies += weight.size() * size_of(weight.dtype);
  });
  const TokenWindows& windows = run.texts.calibration.at(block_samples);
  const Index rows = std::min(run.evaluator.rows_per_pass, static_cast<Index>(windows.tokens().size()));
  const Index tokens = static_cast<Index>(run.texts.fit.tokens().size()) + detail::generated_tokens(run);
  const CompensationMethod& method = run.compensation.method;
  const Index solving = method.bytes ? method.bytes(ModelView(run.graph), tokens, run.compensation.settings) : 0;
  // One after the other: statistics, which are gone when the copies in their order are made; those with the streams of
  // the search; and those with what is solved. The weights are in memory by now.
  return resident_memory().now + rows * bytes_per_row(run.graph.config()) +
         std::max(copies + std::max(stream_bytes, solving), unit_order_bytes(run.order, run.graph));
}

MULTIPRUNER_INLINE std::string warning_of_memory(Index needed, Index available) {
  return "memory: this run takes about " + bytes_text(needed) + ", and " + bytes_text(available) +
         " are available; give --memory with less than that, fewer or shorter windows, or --samples-fit";
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline running
