// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>
#include <span>

#include <catch2/catch.hpp>
#include <support/blocks.hpp>
#include <support/expect_error.hpp>
#include <support/given_statistics.hpp>
#include <support/golden_model.hpp>
#include <support/reference_data.hpp>
#include <support/shape_only_model.hpp>
#include <support/tiny_config.hpp>

#include <multipruner/calibration/calibration.hpp>
#include <multipruner/calibration/gathered_statistics.hpp>
#include <multipruner/importance/angular_distance.hpp>
#include <multipruner/plan/parameter_count.hpp>
#include <multipruner/policy/consecutive_layers.hpp>
#include <multipruner/policy/forecast.hpp>
#include <multipruner/policy/one_shot_layers.hpp>

using namespace multipruner;
using namespace multipruner::test;

namespace {

using Layers = std::vector<Index>;

Layers removed_layers(const Graph& graph, const PruningResult& result) {
  Layers layers;
  for (const PruningStep& step : result.steps) layers.push_back(graph.spec(step.search.edit.front().block).layer());
  return layers;
}

/// Layers that turn the stream of one window in a plane, each by so many degrees.
GivenStatistics turning(const Graph& graph, const std::vector<double>& degrees) {
  ModelStatistics statistics({}, graph.config().blocks);
  const SequenceBatch one(1, 1);
  double angle = 0;
  for (std::size_t layer = 0; layer < degrees.size(); ++layer) {
    LastTokens& tokens = statistics.at(mlp_of(static_cast<Index>(layer))).layer_last_tokens.emplace();
    const auto direction = [&] {
      const double radians = angle / 180 * std::numbers::pi;
      return std::vector{static_cast<float>(std::cos(radians)), static_cast<float>(std::sin(radians))};
    };
    tokens.add_before({direction().data(), 1, 2}, one);
    angle += degrees[layer];
    tokens.add_behind({direction().data(), 1, 2}, one);
  }
  return GivenStatistics(std::move(statistics));
}

PruningResult run(const Graph& graph, StatisticsSource& statistics, LayerPruningOptions options) {
  UnusedObjective objective;
  const PruningResult result =
      ConsecutiveLayers(std::move(options)).run({.graph = graph, .objective = objective, .statistics = statistics});
  CHECK(objective.asked == 0);
  return result;
}

/// Where a run of so many layers turns the stream of an oracle least, by a plain loop.
Index first_by_oracle(const GoldenRun& oracle, Index length) {
  Index best = -1;
  double lowest = 0;
  const auto windows = static_cast<std::size_t>(oracle.sequences), tokens = static_cast<std::size_t>(oracle.length);
  for (Index first = 0; first + length < static_cast<Index>(oracle.hidden.size()); ++first) {
    const auto &before = oracle.hidden[static_cast<std::size_t>(first)],
               &behind = oracle.hidden[static_cast<std::size_t>(first + length)];
    const std::size_t columns = before.size() / oracle.tokens.size();
    double distance = 0;
    for (std::size_t window = 0; window < windows; ++window) {
      double xx = 0, yy = 0, xy = 0;
      for (std::size_t i = 0; i < columns; ++i) {
        const std::size_t at = (window * tokens + tokens - 1) * columns + i;
        const double x = before[at], y = behind[at];
        xx += x * x, yy += y * y, xy += x * y;
      }
      distance += std::acos(xy / std::sqrt(xx * yy)) / std::numbers::pi / static_cast<double>(windows);
    }
    if (best < 0 || distance < lowest) best = first, lowest = distance;
  }
  return best;
}

}  // namespace

TEST_CASE("the run of layers across which the stream turns least goes, not the layers that turn it least") {
  const Graph graph = shape_only_model(tiny_config(6));
  GivenStatistics statistics = turning(graph, {30, 10, -9, 20, 2, 25});
  const auto removed = [&](Index layers) { return removed_layers(graph, run(graph, statistics, {.layers = layers})); };
  CHECK(removed(1) == Layers{4});
  CHECK(removed(2) == Layers{1, 2});     // by 1 degree
  CHECK(removed(3) == Layers{2, 3, 4});  // by 13
  CHECK(removed(4) == Layers{1, 2, 3, 4});
  const PruningResult result = run(graph, statistics, {.layers = 2});
  CHECK(result.outcome == SearchOutcome::reached);
  CHECK(result.plan.removed_blocks() == std::vector{attention_of(1), mlp_of(1), attention_of(2), mlp_of(2)});
  CHECK(result.ratio == pruning_ratio(graph.config(), result.plan));
  for (const PruningStep& step : result.steps) CHECK(std::isnan(step.search.cost));
}

TEST_CASE("of equal distances the first run goes") {
  const Graph graph = shape_only_model(tiny_config(4));
  GivenStatistics statistics = turning(graph, {0, 0, 0, 0});
  CHECK(removed_layers(graph, run(graph, statistics, {.layers = 2})) == Layers{0, 1});
}

TEST_CASE("gathered last tokens choose the run that hidden states of transformers choose") {
  const auto folder = source_path("tests/data/arch/" + std::string(GENERATE("llama-gqa", "llama-mha", "qwen2")));
  const Graph graph = load<>(folder);
  const GoldenRun oracle = read_golden(folder / "golden.safetensors");
  const TokenWindows windows(oracle.length, oracle.tokens);
  GatheredStatistics statistics(graph, windows);
  for (Index length = 1; length <= graph.config().num_hidden_layers; ++length) {
    const Layers removed = removed_layers(graph, run(graph, statistics, {.layers = length}));
    REQUIRE(static_cast<Index>(removed.size()) == length);
    CHECK(removed.front() == first_by_oracle(oracle, length));
    CHECK(removed.back() == removed.front() + length - 1);
  }
  UnusedObjective objective;
  const PruningResult one = OneShotLayers<AngularDistance>({.layers = 1})
                                .run({.graph = graph, .objective = objective, .statistics = statistics});
  CHECK(one.plan == run(graph, statistics, {.layers = 1}).plan);
}

TEST_CASE("a ratio takes the shortest run that reaches it") {
  const Graph graph = shape_only_model(tiny_config(6));
  GivenStatistics statistics = turning(graph, {30, 10, -9, 20, 2, 25});
  const double two = run(graph, statistics, {.layers = 2}).ratio;
  CHECK(removed_layers(graph, run(graph, statistics, {.ratio = two})) == Layers{1, 2});
  CHECK(removed_layers(graph, run(graph, statistics, {.ratio = two + 0.01})) == Layers{2, 3, 4});
  CHECK(removed_layers(graph, run(graph, statistics, {.ratio = 0.5})) == Layers{4});
}

TEST_CASE("a run does not reach across layers to keep; where none is long enough the longest goes") {
  const Graph graph = shape_only_model(tiny_config(6));
  GivenStatistics statistics = turning(graph, {30, 10, -9, 20, 2, 25});
  const ProtectedBlocks keep{mlp_of(2)};
  CHECK(removed_layers(graph, run(graph, statistics, {.layers = 2, .keep = keep})) == Layers{3, 4});
  const PruningResult longest = run(graph, statistics, {.layers = 4, .keep = keep});
  CHECK(longest.outcome == SearchOutcome::no_candidate);
  CHECK(removed_layers(graph, longest) == Layers{3, 4, 5});
  CHECK(run(graph, statistics, {.ratio = 95}).outcome == SearchOutcome::no_candidate);
  CHECK(run(graph, statistics, {.ratio = 95}).steps.size() == 6);
}

TEST_CASE("layers that are gone do not part a run") {
  const Graph dense = load<Llama>(source_path("tests/data/arch/llama-gqa"));
  Weights weights = dense.weights();
  for (const BlockId block : {attention_of(1), mlp_of(1), mlp_of(2)}) take_away(weights, dense.config(), block);
  const Graph graph(dense.config(), weights, dense.storage());
  const GoldenRun oracle = read_golden(source_path("tests/data/arch/llama-gqa/golden.safetensors"));
  const TokenWindows windows(oracle.length, oracle.tokens);
  GatheredStatistics statistics(graph, windows);
  const PruningResult result = run(graph, statistics, {.layers = 3});
  CHECK(result.outcome == SearchOutcome::reached);
  CHECK(removed_layers(graph, result) == Layers{0, 2, 3});
}

TEST_CASE("a run of layers is not asked for with options that cannot be") {
  const Graph graph = shape_only_model(tiny_config(4));
  GivenStatistics statistics = turning(graph, {1, 2, 3, 4});
  expect_error<OptionError>([&] { (void)run(graph, statistics, {.ratio = 0}); }, {"ratio"});
  expect_error<OptionError>([&] { (void)run(graph, statistics, {.layers = 0}); }, {"number of layers"});
  expect_error<OptionError>([&] { (void)run(graph, statistics, {.keep = {BlockId{-1}}}); }, {"blocks to keep"});
  GivenStatistics nan = turning(graph, {1, std::nan(""), 3, 4});
  expect_error<DataError>([&] { (void)run(graph, nan, {.layers = 1}); }, {"angular-distance", "not finite"});
}

TEST_CASE("a forecast of a run of layers arrives where a run of that length does") {
  const Graph graph = load<Llama>(source_path("tests/data/arch/llama-gqa"));
  const GoldenRun oracle = read_golden(source_path("tests/data/arch/llama-gqa/golden.safetensors"));
  const Calibration calibration{{"block", TokenWindows(oracle.length, oracle.tokens)}};
  const Forecast made = forecast(ConsecutiveLayers({.layers = 3}), graph, calibration, {}, 0.1);
  CHECK(made.steps == 3);
  CHECK(made.seconds > 0);
}
