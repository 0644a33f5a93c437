#include "prune_forecast.hpp"

#include <algorithm>

#include "format.hpp"
#include <multipruner/core/memory.hpp>
#include <multipruner/policy/turns.hpp>
#include <multipruner/search/forecast.hpp>
#include <multipruner/search/memory_budget.hpp>

namespace multipruner::cli {

namespace {

/// How many turns a run takes.
double number_of_turns(const PlannedRun& run) {
  const auto every = run.options.compensation_method().every;
  return every ? static_cast<double>(turns(*every, SequentialThreshold<Greedy>(run.policy).target()).size()) : 1;
}

/// Passes of windows through the whole model that making the order and compensating take, about.
double passes_to_fit(const PlannedRun& run, double ratio) {
  const CompensationMethod method = run.options.compensation_method();
  const double left = 1 - ratio / 100;
  // A Gram matrix takes about as long as the block itself.
  const double order = needs_statistics(run.options.order()) ? (needs_gram(run.options.order()) ? 2 : 1) : 0;
  const double matching = method.matches_streams() ? static_cast<double>(method.ridges.size()) * (1 + 3 * left) : 0;
  const double local = method.in_candidates() ? 2 : 0;
  return order + number_of_turns(run) * (matching + local);
}

/// Generating a window takes about as long as so many passes of it.
constexpr double passes_to_generate = 2;

double seconds_of(const PlannedRun& run, const Forecast& forecast) {
  const auto window = static_cast<double>(run.texts.calibration.block.length);
  const double judging = run.judged_tokens / window * (2 - forecast.ratio / 100);
  const auto generated = static_cast<double>(run.options.generated_windows.value_or(0));
  const double to_fit = static_cast<double>(run.texts.fit.tokens.size()) / window + generated;
  const double fitting = to_fit * passes_to_fit(run, forecast.ratio) + generated * passes_to_generate;
  return forecast.seconds + forecast.pass_seconds * (judging + fitting);
}

/// The weights are in memory by now.
Index memory_of(const PlannedRun& run, const Forecast& forecast) {
  Index copies = 0;
  for_each_tensor(run.graph.weights(), [&](TensorRole, Index layer, const WeightView& weight) {
    if (layer >= 0 && weight && run.options.order() != "none") copies += weight.size() * size_of(weight.dtype);
  });
  const TokenWindows& windows = run.texts.calibration.block;
  const Index rows = std::min(run.evaluator.rows_per_pass, windows.count() * windows.length);
  // Statistics are gone when the copies are made.
  return resident_memory().now + rows * bytes_per_row(run.graph.config()) +
         std::max(copies + forecast.stream_bytes, order_bytes(run.order, run.graph));
}

}  // namespace

void print_forecast(const PlannedRun& run, Console& console) {
  const SequentialThreshold<Greedy> policy(run.policy);
  const Forecast forecast = multipruner::forecast(policy, run.graph, run.texts.calibration, run.evaluator);
  const double seconds = seconds_of(run, forecast);
  const Index memory = run.options.memory ? static_cast<Index>(*run.options.memory) : memory_of(run, forecast);
  console.print("\nexpected     " + grouped(forecast.steps) + " steps, " + grouped(forecast.work.plans) +
                " candidates, " + grouped(forecast.work.blocks_run) + " block evaluations instead of " +
                grouped(forecast.work.blocks_asked_for()) + "\n             about " + duration(seconds) +
                " on this machine, and " + bytes_text(memory) +
                " of memory\n             Nothing was written; leave --dry-run away to do it.\n");
  if (!console.json()) return;
  console.print_json({{"steps", forecast.steps},
                      {"candidates", forecast.work.plans},
                      {"blocks_run", forecast.work.blocks_run},
                      {"blocks_asked_for", forecast.work.blocks_asked_for()},
                      {"seconds", seconds},
                      {"memory_bytes", memory}});
}

}  // namespace multipruner::cli
