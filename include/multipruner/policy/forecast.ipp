// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <span>
#include <vector>

#include <multipruner/calibration/first_tokens.hpp>
#include <multipruner/core/python_random.hpp>
#include <multipruner/plan/parameter_count.hpp>
#include <multipruner/policy/forecast.hpp>
#include <multipruner/search/evaluator.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// A window, cut in the middle.
[[nodiscard]] inline std::array<TokenWindows, 2> halves_of(const TokenWindows& window) {
  const std::span<const TokenId> tokens = window.window(0);
  const std::size_t half = tokens.size() / 2;
  const auto part = [&](std::span<const TokenId> of) {
    return TokenWindows(static_cast<Index>(of.size()), {of.begin(), of.end()}, window.ignored_label());
  };
  return {part(tokens.first(half)), part(tokens.subspan(half))};
}

/// The means of two measurements of the same things, no further apart than these are in truth, which is what both
/// measurements agree about, and none of them near 0 or below where the mean is not: on little text costs scatter, and
/// a search would go again and again for what seems to cost nothing.
[[nodiscard]] inline std::vector<double> likely_costs(const std::vector<double>& first,
                                                      const std::vector<double>& second) {
  const auto count = static_cast<double>(first.size());
  const double of_first = std::accumulate(first.begin(), first.end(), 0.0) / count;
  const double of_second = std::accumulate(second.begin(), second.end(), 0.0) / count;
  const double mean = (of_first + of_second) / 2;
  double together = 0, spread = 0;
  for (std::size_t i = 0; i < first.size(); ++i) {
    together += (first[i] - of_first) * (second[i] - of_second);
    spread += std::pow((first[i] + second[i]) / 2 - mean, 2);
  }
  constexpr double least = 0.1;
  const double share = spread > 0 ? std::sqrt(std::clamp(together / spread, 0.0, 1.0)) : 0;
  std::vector<double> likely;
  for (std::size_t i = 0; i < first.size(); ++i) {
    likely.push_back(std::max(mean + share * ((first[i] + second[i]) / 2 - mean), std::min(mean, least * mean)));
  }
  return likely;
}

MULTIPRUNER_INLINE Forecaster::Forecaster(const Graph& graph, const Calibration& calibration,
                                          const EvaluatorOptions& options, double seconds, double head_products)
    : graph_(graph),
      calibration_(calibration),
      options_(options),
      seconds_(seconds),
      head_products_(head_products),
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
  double seconds = per_stream(engine.streams_made()) * times_.copy() +
                   per_stream(engine.most_streams()) * times_.first_touch() +
                   static_cast<double>(engine.embedded()) * times_.embed() +
                   static_cast<double>(work.losses) * times_.loss() * head_products_;
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

MULTIPRUNER_INLINE std::optional<std::array<TokenWindows, 2>> Forecaster::samples() const {
  constexpr Index least_tokens = 32;
  const TokenWindows& all = calibration_.front();
  const double plans = 2.0 * static_cast<double>(graph_.config().num_blocks()), shared = 0.5;
  const double affordable = seconds_ / (plans * shared * seconds_per_token());
  const auto tokens = static_cast<Index>(std::min(affordable, static_cast<double>(all.tokens().size())));
  if (tokens < least_tokens) return std::nullopt;
  const TokenWindows first = first_tokens(all, tokens);
  if (first.count() == 1) return halves_of(first);
  std::array<std::vector<Index>, 2> parts;
  for (Index window = 0; window < first.count(); ++window)
    parts[static_cast<std::size_t>(window % 2)].push_back(window);
  return std::array<TokenWindows, 2>{first.select(parts[0]), first.select(parts[1])};
}

MULTIPRUNER_INLINE Forecaster::AddedCosts Forecaster::measure(const TokenWindows& windows) const {
  const Index blocks = graph_.config().num_blocks();
  const Calibration calibration{{"sample", windows}};
  Evaluator evaluator({.graph = graph_, .calibration = calibration, .options = {.compute = options_.compute}});
  const Plan dense(graph_);
  std::vector<Plan> plans{dense};
  for (Index position = 0; position < blocks; ++position) {
    const BlockId block{position};
    plans.push_back(dense);
    plans.back().remove(block);
    plans.push_back(dense);
    if (graph_.has(block)) plans.back().set_choice(block, narrower(block));
  }
  const std::vector<PlanCost> costs = evaluator.costs(plans, {});
  constexpr double ruined = 10;
  const double base = costs.front().value;
  const auto added = [&](double cost) { return std::isfinite(cost) ? cost - base : ruined; };
  AddedCosts measured{.base = base};
  for (std::size_t i = 1; i < costs.size(); i += 2) {
    measured.removed.push_back(added(costs[i].value));
    measured.narrowed.push_back(added(costs[i + 1].value));
  }
  return measured;
}

MULTIPRUNER_INLINE bool Forecaster::measure_costs() {
  const auto texts = samples();
  if (!texts) return false;
  costs_.narrowed_by = 0.1;
  const AddedCosts first = measure((*texts)[0]), second = measure((*texts)[1]);
  costs_.base = (first.base + second.base) / 2;
  costs_.removed = likely_costs(first.removed, second.removed);
  costs_.narrowed = likely_costs(first.narrowed, second.narrowed);
  return true;
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
