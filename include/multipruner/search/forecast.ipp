// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include <multipruner/core/python_random.hpp>
#include <multipruner/importance/perplexity.hpp>
#include <multipruner/plan/parameter_count.hpp>
#include <multipruner/search/forecast.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

MULTIPRUNER_INLINE Forecaster::Forecaster(const Graph& graph, const Calibration& calibration,
                                          const EvaluatorOptions& options)
    : graph_(graph), calibration_(calibration), options_(options), times_(graph, measured_windows(), options.compute) {
  costs_.graph = &graph;
  if (!measure_costs()) assume_costs();
}

MULTIPRUNER_INLINE Forecast Forecaster::forecast(const CountingEngine& engine, const EvaluatorStatistics& work,
                                                 Index steps, Index losses, double ratio) const {
  Forecast forecast{.steps = steps, .work = work};
  const WindowParts parts(calibration_.block, options_);  // of which the last one may be short
  const double windows_per_stream = static_cast<double>(parts.windows()) / static_cast<double>(parts.count());
  const Index bytes_of_window =
      product_of_sizes("residual stream", {calibration_.block.length, graph_.config().widest_stream(), sizeof(float)});
  forecast.stream_bytes = static_cast<Index>(static_cast<double>(engine.most_streams()) * windows_per_stream *
                                             static_cast<double>(bytes_of_window));
  for (const auto& [block, windows] : engine.runs()) {
    forecast.seconds += static_cast<double>(windows) * times_.block(block.first, block.second);
  }
  const auto per_stream = [&](Index streams) { return static_cast<double>(streams) * windows_per_stream; };
  forecast.seconds +=
      per_stream(engine.streams_made()) * times_.copy() + per_stream(engine.most_streams()) * times_.first_touch() +
      static_cast<double>(engine.embedded_windows()) * times_.embed() + static_cast<double>(losses) * times_.loss();
  forecast.pass_seconds = pass_seconds();
  forecast.ratio = ratio;
  return forecast;
}

MULTIPRUNER_INLINE WindowRange Forecaster::measured_windows() const {
  require_windows(calibration_.block);
  const ModelConfig& config = graph_.config();
  const double per_token = 2.0 * static_cast<double>(count_parameters(config)) /
                           static_cast<double>(std::max<Index>(config.num_hidden_layers, 1));
  constexpr double work = 2e11;  // operations: a second or so of a processor
  const auto tokens = static_cast<Index>(work / per_token);
  const Index most = std::min(calibration_.block.count(), options_.rows_per_pass / calibration_.block.length);
  return {&calibration_.block, 0, std::clamp<Index>(tokens / calibration_.block.length, 1, std::max<Index>(most, 1))};
}

MULTIPRUNER_INLINE double Forecaster::pass_seconds() const {
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
  constexpr double enough = 5;  // seconds
  constexpr Index least_tokens = 32;
  const TokenWindows& all = calibration_.block;
  const double plans = 2.0 * static_cast<double>(graph_.config().num_blocks()), shared = 0.5;
  const double windows = enough / (plans * shared * pass_seconds());
  const auto most = static_cast<double>(all.tokens.size());
  const auto tokens = static_cast<Index>(std::min(windows * static_cast<double>(all.length), most));
  if (tokens < std::min(least_tokens, all.length)) return std::nullopt;
  const Index length = std::min(tokens, all.length), count = std::min(std::max<Index>(tokens / length, 1), all.count());
  const auto first = all.tokens.begin();
  return TokenWindows{length, {first, first + length * count}, all.ignored_label};
}

MULTIPRUNER_INLINE bool Forecaster::measure_costs() {
  const std::optional<TokenWindows> windows = sample();
  if (!windows) return false;
  const Index blocks = graph_.config().num_blocks();
  const Calibration calibration{*windows, *windows};
  Evaluator<Perplexity> evaluator(graph_, calibration, {}, {.compute = options_.compute});
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
