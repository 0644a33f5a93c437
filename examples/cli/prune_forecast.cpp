// SPDX-License-Identifier: MIT
#include "prune_forecast.hpp"

#include <algorithm>

#include <multipruner/core/memory.hpp>
#include <multipruner/policy/forecast.hpp>
#include <multipruner/policy/sequential_threshold.hpp>
#include <multipruner/policy/turns.hpp>
#include <multipruner/report/readable.hpp>
#include <multipruner/run/run_choices.hpp>
#include <multipruner/search/greedy.hpp>
#include <multipruner/search/memory_budget.hpp>

namespace multipruner::cli {

namespace {

/// How many turns a run takes.
double number_of_turns(const PlannedRun& run) {
  const auto every = run.spec.compensate_every;
  return every ? static_cast<double>(turns(*every, SequentialThreshold<Greedy>(run.policy).target()).size()) : 1;
}

/// Passes of a token through the whole model that making the order and compensating take, about.
double passes_to_fit(const PlannedRun& run, double ratio) {
  const RunCompensationOptions how = compensation_of(run.spec);
  const double left = 1 - ratio / 100;
  // A Gram matrix takes about as long as the block itself.
  const double order = ordering_of(run.spec).needs_statistics() ? (ordering_of(run.spec).needs_gram() ? 2 : 1) : 0;
  const double matching = how.method.solve ? static_cast<double>(how.settings.ridges.size()) * (1 + 3 * left) : 0;
  const double local = how.method.outputs ? 2 : 0;
  return order + number_of_turns(run) * (matching + local);
}

/// Generating a token takes about as long as so many passes of it.
constexpr double passes_to_generate = 2;

double seconds_of(const PlannedRun& run, const Forecast& forecast) {
  const double judging = run.judged_tokens * (2 - forecast.ratio / 100);
  const auto generated = static_cast<double>(run.spec.generated_windows.value_or(0) * run.texts.fit.longest());
  const double to_fit = static_cast<double>(run.texts.fit.tokens().size()) + generated;
  const double fitting = to_fit * passes_to_fit(run, forecast.ratio) + generated * passes_to_generate;
  return forecast.seconds + forecast.seconds_per_token * (judging + fitting);
}

/// What one after the other takes besides what the process has: statistics, the copies in their order with the streams
/// of the search, and with those of compensation. @param stream_bytes  of the search
Index memory_of(const PlannedRun& run, Index stream_bytes) {
  Index copies = 0;
  for_each_tensor(run.graph, [&](TensorRole, Index layer, const WeightView& weight) {
    if (layer >= 0 && weight && !ordering_of(run.spec).is_none()) copies += weight.size() * size_of(weight.dtype);
  });
  const TokenWindows& windows = run.texts.calibration.at(block_samples);
  const Index rows = std::min(run.evaluator.rows_per_pass, static_cast<Index>(windows.tokens().size()));
  const Index tokens = static_cast<Index>(run.texts.fit.tokens().size()) +
                       run.spec.generated_windows.value_or(0) * run.texts.fit.longest();
  const RunCompensationOptions how = compensation_of(run.spec);
  const Index matching = how.method.bytes ? how.method.bytes(ModelView(run.graph), tokens, how.settings) : 0;
  // The weights are in memory by now. Statistics are gone when the copies are made.
  return resident_memory().now + rows * bytes_per_row(run.graph.config()) +
         std::max(copies + std::max(stream_bytes, matching), unit_order_bytes(run.order, run.graph));
}

/// What to do where memory is short.
constexpr const char* remedy_for_memory =
    "give --memory with less than that, fewer or shorter windows, or --samples-fit";

void warn_of_memory(Index needed, Index available, Console& console) {
  console.warn("memory: this run takes about " + bytes_text(needed) + ", and " + bytes_text(available) +
               " are available; " + remedy_for_memory);
}

}  // namespace

void print_forecast(const PlannedRun& run, Console& console) {
  const SequentialThreshold<Greedy> policy(run.policy);
  const Forecast forecast = multipruner::forecast(policy, run.graph, run.texts.calibration, run.evaluator);
  const double seconds = seconds_of(run, forecast);
  const Index available = attainable_memory();
  const Index memory =
      run.options.memory ? static_cast<Index>(*run.options.memory) : memory_of(run, forecast.stream_bytes);
  console.print("\nexpected     " + grouped_text(forecast.steps) + " steps, " + grouped_text(forecast.work.plans) +
                " candidates, " + grouped_text(forecast.work.blocks_run) + " block evaluations instead of " +
                grouped_text(forecast.work.blocks_asked_for()) + "\n             about " + duration_text(seconds) +
                " on this machine, and " + bytes_text(memory) + " of memory; " + bytes_text(available) +
                " are available\n             Nothing was written; leave --dry-run away to do it.\n");
  if (memory > available) warn_of_memory(memory, available, console);
  if (!console.json()) return;
  console.print_json({{"steps", forecast.steps},
                      {"candidates", forecast.work.plans},
                      {"blocks_run", forecast.work.blocks_run},
                      {"blocks_asked_for", forecast.work.blocks_asked_for()},
                      {"seconds", seconds},
                      {"memory_bytes", memory},
                      {"available_memory_bytes", available}});
}

void warn_of_scarce_memory(const PlannedRun& run, Console& console) {
  const Index available = attainable_memory();
  // Streams that do not fit are not kept.
  const Index least = run.options.memory ? static_cast<Index>(*run.options.memory) : memory_of(run, 0);
  if (least > available) warn_of_memory(least, available, console);
}

}  // namespace multipruner::cli
