// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <span>
#include <vector>

#include <multipruner/core/python_random.hpp>
#include <multipruner/plan/parameter_count.hpp>
#include <multipruner/policy/forecast.hpp>
#include <multipruner/search/evaluator.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

MULTIPRUNER_INLINE Forecaster::Forecaster(const Graph& graph, const Calibration& calibration,
                                          const EvaluatorOptions& options, double seconds)
    : graph_(graph),
      calibration_(calibration),
      options_(options),
      seconds_(seconds),
      times_(graph, measured_windows(), options.compute, options.stream_bytes) {
  costs_.graph = &graph;
  if (!measure_costs()) assume_costs();
}

MULTIPRUNER_INLINE double Forecaster::seconds_of(const CountingEvaluator& evaluator, const Work& work) const {
  const CountingEngine& engine = evaluator.engine();
  const TokenWindows& windows = calibration_.front();
  const WindowParts parts(windows, options_);  // of which the last one may be short
  const double tokens_per_stream = static_cast<double>(windows.tokens().size()) / static_cast<double>(parts.count());
  const auto per_stream = [&](Index streams) { return static_cast<double>(streams) * tokens_per_stream; };
  double seconds =
      per_stream(engine.streams_made()) * times_.copy() + per_stream(engine.most_streams()) * times_.first_touch() +
      static_cast<double>(engine.embedded()) * times_.embed() + static_cast<double>(work.losses) * times_.loss();
  for (const auto& [block, run] : engine.runs()) {
    seconds += static_cast<double>(run) * times_.block(block.first, block.second);
  }
  return seconds;
}

MULTIPRUNER_INLINE Forecast Forecaster::forecast(const CountingEvaluator& evaluator, const Work& work,
                                                 const PruningResult& result) const {
  Forecast forecast{.steps = static_cast<Index>(result.steps.size()), .work = evaluator.statistics()};
  const TokenWindows& windows = calibration_.front();
  const WindowParts parts(windows, options_);
  const double tokens = static_cast<double>(windows.tokens().size());
  const double tokens_per_stream = tokens / static_cast<double>(parts.count());
  const Index bytes_per_token = product_of_sizes("residual stream", {graph_.config().widest_stream(), sizeof(float)});
  forecast.stream_bytes = static_cast<Index>(static_cast<double>(evaluator.engine().most_streams()) *
                                             tokens_per_stream * static_cast<double>(bytes_per_token));
  forecast.seconds_per_token = seconds_per_token();
  forecast.seconds = seconds_of(evaluator, work) +
                     static_cast<double>(work.passes_for_statistics) * tokens * forecast.seconds_per_token;
  forecast.ratio = result.ratio;
  return forecast;
}

MULTIPRUNER_INLINE WindowRange Forecaster::measured_windows() const {
  const TokenWindows& windows = calibration_.front();
  require_windows(windows);
  const ModelConfig& config = graph_.config();
  const double per_token = 2.0 * static_cast<double>(count_parameters(config)) /
                           static_cast<double>(std::max<Index>(config.num_hidden_layers, 1));
  constexpr double work = 2e11;  // operations: a second or so of a processor
  return passes_of(windows, std::min(static_cast<Index>(work / per_token), options_.rows_per_pass)).front();
}

MULTIPRUNER_INLINE double Forecaster::seconds_per_token() const {
  double seconds = times_.embed() + times_.loss();
  for (Index position = 0; position < graph_.config().num_blocks(); ++position) {
    const BlockId block{position};
    if (graph_.has(block)) seconds += times_.block(graph_.spec(block).kind().name, graph_.present(block));
  }
  return seconds;
}

MULTIPRUNER_INLINE Choice Forecaster::narrower(BlockId block) const {
  Choice choice = graph_.present(block);
  for (std::size_t axis = 0; axis < graph_.spec(block).kind().axes.size(); ++axis) {
    const Index units = graph_.num_units({block, axis});
    const auto gone = static_cast<Index>(std::lround(static_cast<double>(units) * costs_.narrowed_by));
    choice[axis] = std::max(units - gone, Index{0}) * graph_.unit_width({block, axis});
  }
  return choice;
}

MULTIPRUNER_INLINE std::optional<TokenWindows> Forecaster::sample() const {
  constexpr Index least_tokens = 32;
  const TokenWindows& all = calibration_.front();
  const double plans = 2.0 * static_cast<double>(graph_.config().num_blocks()), shared = 0.5;
  const double affordable = seconds_ / (plans * shared * seconds_per_token());
  const auto tokens = static_cast<Index>(std::min(affordable, static_cast<double>(all.tokens().size())));
  const std::span<const TokenId> first = all.window(0);
  const auto length = static_cast<Index>(first.size());
  if (tokens < std::min(least_tokens, length)) return std::nullopt;
  if (tokens < length) return TokenWindows(tokens, {first.begin(), first.begin() + tokens}, all.ignored_label());
  std::vector<Index> windows(static_cast<std::size_t>(passes_of(all, tokens).front().count));
  std::iota(windows.begin(), windows.end(), Index{0});
  return all.select(windows);
}

MULTIPRUNER_INLINE bool Forecaster::measure_costs() {
  const std::optional<TokenWindows> windows = sample();
  if (!windows) return false;
  const Index blocks = graph_.config().num_blocks();
  const Calibration calibration{{"sample", *windows}};
  Evaluator evaluator({.graph = graph_, .calibration = calibration, .options = {.compute = options_.compute}});
  const Plan dense(graph_);
  std::vector<Plan> plans{dense};
  costs_.narrowed_by = 0.1;
  for (Index position = 0; position < blocks; ++position) {
    const BlockId block{position};
    plans.push_back(dense);
    plans.back().remove(block);
    plans.push_back(dense);
    if (graph_.has(block)) plans.back().set_choice(block, narrower(block));
  }
  const std::vector<PlanCost> costs = evaluator.costs(plans, {});
  costs_.base = costs.front().value;
  for (std::size_t i = 1; i < costs.size(); i += 2) {
    costs_.removed.push_back(above_base(costs[i].value));
    costs_.narrowed.push_back(above_base(costs[i + 1].value));
  }
  return true;
}

MULTIPRUNER_INLINE double Forecaster::above_base(double cost) const {
  constexpr double ruined = 10;
  return std::isfinite(cost) ? cost - costs_.base : ruined;
}

MULTIPRUNER_INLINE void Forecaster::assume_costs() {
  costs_.base = 2;
  const auto blocks = static_cast<double>(graph_.config().num_blocks());
  PythonRandom random(options_.seed);
  for (Index position = 0; position < graph_.config().num_blocks(); ++position) {
    const double distance = std::abs((static_cast<double>(position) + 0.5) / blocks - 0.7);
    costs_.removed.push_back(0.05 + distance + 0.1 * random.random());
    costs_.narrowed.push_back(0.1 * costs_.removed.back());
  }
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
