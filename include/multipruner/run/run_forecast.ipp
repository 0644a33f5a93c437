// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <optional>

#include <multipruner/calibration/first_tokens.hpp>
#include <multipruner/core/memory.hpp>
#include <multipruner/importance/reorder.hpp>
#include <multipruner/plan/parameter_count.hpp>
#include <multipruner/policy/turns.hpp>
#include <multipruner/report/readable.hpp>
#include <multipruner/run/run_forecast.hpp>
#include <multipruner/search/memory_budget.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// The model in about the order in which a run searches it, on which it depends what narrower blocks cost; nothing
/// where it stays as it is, or where the order would take long.
[[nodiscard]] inline std::optional<Graph> ordered_about(const PlannedRun& run) {
  constexpr double work = 2e11;  // operations: a second or so of a processor
  constexpr Index least_tokens = 256;
  const UnitOrdering& ordering = run.order.ordering;
  if (ordering.is_none() || ordering.needs_gram() || !run.may_copy) return std::nullopt;
  const auto tokens = static_cast<Index>(work / (2.0 * static_cast<double>(count_parameters(run.graph.config()))));
  if (ordering.needs_statistics() && tokens < least_tokens) return std::nullopt;
  UnitOrderOptions options = run.order;
  options.statistics.reset();
  const TokenWindows text = first_tokens(run.texts.fit, std::max(tokens, Index{1}));
  const UnitOrder order = make_unit_order(options, run.graph, text);
  return order.empty() ? std::nullopt : std::optional(reorder(run.graph, order));
}

/// Passes of a token through the whole model that making the order takes, about. A Gram matrix takes about as long as
/// the block itself.
[[nodiscard]] inline double passes_to_order(const PlannedRun& run) {
  const UnitOrdering& ordering = run.order.ordering;
  return ordering.needs_statistics() ? (ordering.needs_gram() ? 2 : 1) : 0;
}

/// The same of compensating once.
[[nodiscard]] inline double passes_to_compensate(const PlannedRun& run, double ratio) {
  const CompensationMethod& method = run.compensation.method;
  const double left = 1 - ratio / 100;
  return method.solve ? static_cast<double>(run.compensation.settings.ridges.size()) * (1 + 3 * left) : 0;
}

/// Generating a token takes about as long as so many passes of it.
inline constexpr double passes_to_generate = 2;

[[nodiscard]] inline Index generated_tokens(const PlannedRun& run) {
  return run.generated_windows * generated_window_length(run.texts.fit);
}

/// The part of a search that goes from one ratio to another, with the seconds until it is at either of them.
[[nodiscard]] inline RunPhase search_phase(const Forecast& search, double from, double to) {
  const auto seconds_until = [&](double ratio) {
    double seconds = 0;
    for (const ForecastStep& step : search.path) {
      if (step.ratio <= ratio) seconds = step.seconds;
    }
    return seconds;
  };
  const bool ends = to >= search.ratio;
  const double begin = from > 0 ? seconds_until(from) : 0, end = ends ? search.seconds : seconds_until(to);
  RunPhase phase{.name = phase_searching, .seconds = std::max(end - begin, 0.0), .work = "pruning"};
  for (const ForecastStep& step : search.path) {
    if (step.ratio <= from || step.ratio > to || !(end > begin)) continue;
    phase.milestones.push_back({(step.ratio - from) / (to - from), (step.seconds - begin) / (end - begin)});
  }
  return phase;
}

[[nodiscard]] inline std::vector<double> ends_of_turns(const PlannedRun& run, double ratio) {
  const auto every = run.compensation.every;
  const std::optional<double> target = run.policy.target();
  return every && target ? turns(*every, *target) : std::vector<double>{std::max(ratio, target.value_or(0))};
}

[[nodiscard]] inline std::vector<RunPhase> phases_of(const PlannedRun& run, const Forecast& search) {
  const double token = search.seconds_per_token, left = 1 - search.ratio / 100;
  const auto generated = static_cast<double>(generated_tokens(run));
  const double to_fit = static_cast<double>(run.texts.fit.tokens().size()) + generated;
  const CompensationMethod& method = run.compensation.method;
  std::vector<RunPhase> phases{{phase_judging, run.judged_tokens * token, run.judged_texts}};
  if (generated > 0) phases.push_back({phase_generating, generated * passes_to_generate * token});
  if (passes_to_order(run) > 0) phases.push_back({phase_statistics, to_fit * passes_to_order(run) * token});
  double from = 0;
  for (const double end : ends_of_turns(run, search.ratio)) {
    if (method.outputs) phases.push_back({phase_candidates, to_fit * 2 * token});
    phases.push_back(search_phase(search, from, end));
    if (method.solve) phases.push_back({phase_compensating, to_fit * passes_to_compensate(run, end) * token, 0});
    from = end;
  }
  phases.push_back({phase_judging_smaller, run.judged_tokens * left * token, run.judged_texts});
  constexpr double bytes_a_second = 5e8;
  const auto bytes = static_cast<double>(count_parameters(run.graph.config())) * sizeof(float) * left;
  phases.push_back({phase_writing, bytes / bytes_a_second});
  return phases;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline running {

MULTIPRUNER_INLINE RunForecast forecast_run(const PlannedRun& run, double seconds) {
  RunForecast result;
  const std::optional<Graph> ordered = seconds > 0 ? detail::ordered_about(run) : std::nullopt;
  const Graph& graph = ordered ? *ordered : run.graph;
  result.search = forecast(run.policy, graph, run.texts.calibration, run.evaluator, seconds, run.head_products);
  result.phases = detail::phases_of(run, result.search);
  for (const RunPhase& phase : result.phases) result.seconds += phase.seconds;
  result.memory_bytes = run_bytes(run, result.search.stream_bytes);
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
