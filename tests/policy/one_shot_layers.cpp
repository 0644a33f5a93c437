// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <span>

#include <catch2/catch.hpp>
#include <support/blocks.hpp>
#include <support/expect_error.hpp>
#include <support/given_statistics.hpp>
#include <support/golden_model.hpp>
#include <support/golden_tensors.hpp>
#include <support/reference_data.hpp>
#include <support/shape_only_model.hpp>
#include <support/tiny_config.hpp>

#include <multipruner/calibration/calibration.hpp>
#include <multipruner/calibration/gathered_statistics.hpp>
#include <multipruner/io/json_file.hpp>
#include <multipruner/plan/parameter_count.hpp>
#include <multipruner/policy/forecast.hpp>
#include <multipruner/policy/relative_magnitude_layers.hpp>
#include <multipruner/policy/short_gpt.hpp>

using namespace multipruner;
using namespace multipruner::test;

namespace {

/// Similarities of the layers of a model of attention and MLPs, by what happens to one token.
GivenStatistics layers_of(const Graph& graph, const std::vector<StreamSimilarity>& similarities) {
  ModelStatistics statistics({}, graph.config().blocks);
  for (std::size_t layer = 0; layer < similarities.size(); ++layer) {
    statistics.at(mlp_of(static_cast<Index>(layer))).layer_similarity = similarities[layer];
  }
  return GivenStatistics(std::move(statistics));
}

/// Block Influences of layers of one token each.
GivenStatistics influences(const Graph& graph, const std::vector<double>& scores) {
  std::vector<StreamSimilarity> similarities;
  for (const double score : scores) similarities.push_back({.tokens = 1, .windows = 1, .cosine = 1 - score});
  return layers_of(graph, similarities);
}

/// The layers in the order in which they were removed.
std::vector<Index> removed_layers(const Graph& graph, const PruningResult& result) {
  std::vector<Index> layers;
  for (const PruningStep& step : result.steps) layers.push_back(graph.spec(step.search.edit.front().block).layer());
  return layers;
}

PruningResult short_gpt(const Graph& graph, StatisticsSource& statistics, LayerPruningOptions options) {
  UnusedObjective objective;
  const PruningResult result =
      ShortGpt(std::move(options)).run({.graph = graph, .objective = objective, .statistics = statistics});
  CHECK(objective.asked == 0);
  return result;
}

using Layers = std::vector<Index>;

/// The layers from the lowest score up. @param score  of the stream before and behind a token
template <class Score>
Layers order_of_oracle(const GoldenRun& oracle, Score&& score) {
  std::vector<double> scores;
  for (std::size_t layer = 0; layer + 1 < oracle.hidden.size(); ++layer) {
    const std::size_t columns = oracle.hidden[layer].size() / oracle.tokens.size();
    double sum = 0;
    for (std::size_t token = 0; token < oracle.tokens.size(); ++token) {
      sum += score(std::span(oracle.hidden[layer]).subspan(token * columns, columns),
                   std::span(oracle.hidden[layer + 1]).subspan(token * columns, columns));
    }
    scores.push_back(sum);
  }
  Layers order(scores.size());
  std::iota(order.begin(), order.end(), Index{0});
  std::ranges::sort(order, {}, [&](Index layer) { return scores[static_cast<std::size_t>(layer)]; });
  return order;
}

double dot(std::span<const float> a, std::span<const float> b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

}  // namespace

TEST_CASE("ShortGPT removes the layers of the lowest influence, both blocks at once, of equal ones the lower first") {
  const Graph graph = shape_only_model(tiny_config(5));
  GivenStatistics statistics = influences(graph, {0.5, 0.1, 0.3, 0.1, 0.4});
  const PruningResult result = short_gpt(graph, statistics, {.layers = 4});
  CHECK(result.outcome == SearchOutcome::reached);
  CHECK(removed_layers(graph, result) == Layers{1, 3, 2, 4});
  CHECK(result.plan.removed_blocks().size() == 8);
  CHECK(result.ratio == pruning_ratio(graph.config(), result.plan));
  double before = 0;
  for (const PruningStep& step : result.steps) {
    CHECK(step.stage == "layers");
    CHECK(std::isnan(step.search.cost));
    CHECK(step.search.candidates.empty());
    CHECK(step.search.ratio > before);
    CHECK(step.search.edit.removals(graph.config().blocks).size() == 2);
    before = step.search.ratio;
  }
  CHECK(before == result.ratio);
}

TEST_CASE("layers are scored as the oracle of golden streams scores them") {
  const auto values = read_json_file(source_path("tests/data/layers/block-scores.json"))["values"];
  const GoldenTensors golden("block-scores");
  const std::vector<float> x = golden.floats("x"), y = golden.floats("y");
  StreamSimilarity measured;
  measured.add({x.data(), 48, 24}, {y.data(), 48, 24}, {4, 12});
  const double influence = values["block_influence"], magnitude = values["relative_magnitude"];
  const Graph graph = shape_only_model(tiny_config(3));
  const auto beside = [](double score) { return std::pair{score * (1 - 1e-9), score * (1 + 1e-9)}; };
  const auto [less_turned, more_turned] = beside(influence);
  const auto [shorter, longer] = beside(magnitude);
  GivenStatistics statistics =
      layers_of(graph, {{.tokens = 1, .windows = 1, .cosine = 1 - more_turned, .magnitude = shorter},
                        measured,
                        {.tokens = 1, .windows = 1, .cosine = 1 - less_turned, .magnitude = longer}});
  UnusedObjective objective;
  const RunContext context{.graph = graph, .objective = objective, .statistics = statistics};
  CHECK(removed_layers(graph, ShortGpt({.layers = 3}).run(context)) == Layers{2, 1, 0});
  CHECK(removed_layers(graph, RelativeMagnitudeLayers({.layers = 3}).run(context)) == Layers{0, 1, 2});
}

TEST_CASE("gathered statistics choose the layers that hidden states of transformers choose") {
  const auto folder = source_path("tests/data/arch/" + std::string(GENERATE("llama-gqa", "llama-mha", "qwen2")));
  const Graph graph = load<>(folder);
  const GoldenRun oracle = read_golden(folder / "golden.safetensors");
  const TokenWindows windows(oracle.length, oracle.tokens);
  GatheredStatistics statistics(graph, windows);
  UnusedObjective objective;
  const RunContext context{.graph = graph, .objective = objective, .statistics = statistics};
  const Index all = graph.config().num_hidden_layers;
  CHECK(removed_layers(graph, ShortGpt({.layers = all}).run(context)) ==
        order_of_oracle(oracle, [](auto x, auto y) { return 1 - dot(x, y) / std::sqrt(dot(x, x) * dot(y, y)); }));
  CHECK(removed_layers(graph, RelativeMagnitudeLayers({.layers = all}).run(context)) ==
        order_of_oracle(oracle,
                        [](auto x, auto y) { return std::sqrt((dot(x, x) - 2 * dot(x, y) + dot(y, y)) / dot(y, y)); }));
}

TEST_CASE("a ratio ends at the first layer at or beyond it") {
  const Graph graph = shape_only_model(tiny_config(6));
  GivenStatistics statistics = influences(graph, {0.6, 0.5, 0.4, 0.3, 0.2, 0.1});
  const double ratio = GENERATE(0.1, 10.0, 20.0, 33.0, 50.0);
  const PruningResult result = short_gpt(graph, statistics, {.ratio = ratio});
  CHECK(result.outcome == SearchOutcome::reached);
  CHECK(result.ratio >= ratio);
  REQUIRE_FALSE(result.steps.empty());
  CHECK((result.steps.size() == 1 ? 0 : result.steps[result.steps.size() - 2].search.ratio) < ratio);
  const PruningResult exactly = short_gpt(graph, statistics, {.ratio = result.ratio});
  CHECK(exactly.plan == result.plan);
}

TEST_CASE("layers of which a block is to be kept stay, and running out of layers is a result") {
  const Graph graph = shape_only_model(tiny_config(4));
  GivenStatistics statistics = influences(graph, {0.1, 0.2, 0.3, 0.4});
  const ProtectedBlocks keep{attention_of(0), mlp_of(2)};
  const PruningResult kept = short_gpt(graph, statistics, {.layers = 2, .keep = keep});
  CHECK(kept.outcome == SearchOutcome::reached);
  CHECK(removed_layers(graph, kept) == Layers{1, 3});
  for (const PruningResult& result : {short_gpt(graph, statistics, {.layers = 3, .keep = keep}),
                                      short_gpt(graph, statistics, {.ratio = 90, .keep = keep})}) {
    CHECK(result.outcome == SearchOutcome::no_candidate);
    CHECK(result.plan == kept.plan);
    CHECK(result.ratio == kept.ratio);
  }
}

TEST_CASE("what is gone of a model already counts for a ratio, and is no layer for a number") {
  const Graph dense = load<Llama>(source_path("tests/data/arch/llama-gqa"));
  Weights weights = dense.weights();
  for (const BlockId block : {attention_of(0), mlp_of(0), attention_of(2)}) take_away(weights, dense.config(), block);
  const Graph graph(dense.config(), weights, dense.storage());
  GivenStatistics statistics = influences(graph, {0.1, 0.4, 0.2, 0.3});
  const PruningResult result = short_gpt(graph, statistics, {.layers = 2});
  CHECK(removed_layers(graph, result) == Layers{2, 3});
  CHECK(result.steps.front().search.edit == Edit(BlockChoice{mlp_of(2), {}}));
  CHECK(short_gpt(graph, statistics, {.ratio = 1}).steps.empty());
}

TEST_CASE("options of policies on layers that cannot be are refused by name") {
  const Graph graph = shape_only_model(tiny_config(4));
  GivenStatistics statistics = influences(graph, {0.1, 0.2, 0.3, 0.4});
  const auto refused = [&](LayerPruningOptions options, const std::vector<std::string>& parts) {
    expect_error<OptionError>([&] { (void)short_gpt(graph, statistics, std::move(options)); }, parts);
  };
  for (const double ratio : {0.0, -5.0, 100.0, std::nan("")}) refused({.ratio = ratio}, {"ratio"});
  for (const Index layers : {0, -1}) refused({.layers = layers}, {"number of layers", std::to_string(layers)});
  refused({.keep = {BlockId{8}}}, {"blocks to keep", "block 8"});
  GivenStatistics nothing = layers_of(graph, {});
  expect_error<OptionError>([&] { (void)short_gpt(graph, nothing, {}); }, {"not gathered"});
  GivenStatistics infinite = influences(graph, {0.1, std::numeric_limits<double>::infinity(), 0.3, 0.4});
  expect_error<DataError>([&] { (void)short_gpt(graph, infinite, {}); }, {"layer 1", "block-influence"});
}

TEST_CASE("an observer is told of every layer as it goes") {
  const Graph graph = shape_only_model(tiny_config(4));
  GivenStatistics statistics = influences(graph, {0.1, 0.2, 0.3, 0.4});
  UnusedObjective objective;
  std::vector<double> ratios;
  const PruningResult result = ShortGpt({.layers = 3})
                                   .run({.graph = graph,
                                         .objective = objective,
                                         .on_step = [&](const auto& step) { ratios.push_back(step.search.ratio); },
                                         .statistics = statistics});
  REQUIRE(ratios.size() == 3);
  CHECK(ratios.back() == result.ratio);
}

TEST_CASE("as many layers as the papers remove are as much of a model as they say, without the norms of the layers") {
  struct Row {
    const char* model;
    Index layers, hidden, intermediate, heads, vocabulary;
    bool biases;
    Index removed;
    double ratio;
  };
  // Tables of the papers on BlockPruner and MultiPruner, for LaCo, Relative Magnitude and ShortGPT.
  const Row row = GENERATE(Row{"Llama-2-7B", 32, 4096, 11008, 32, 32000, false, 7, 21.02},
                           Row{"Llama-2-13B", 40, 5120, 13824, 40, 32000, false, 10, 24.37},
                           Row{"Baichuan2-7B", 32, 4096, 11008, 32, 125696, false, 8, 21.57},
                           Row{"Baichuan2-13B", 40, 5120, 13696, 40, 125696, false, 10, 22.68},
                           Row{"Qwen1.5-7B", 32, 4096, 11008, 32, 151936, true, 8, 20.97},
                           Row{"Qwen1.5-14B", 40, 5120, 13696, 40, 152064, true, 10, 22.25});
  CAPTURE(row.model);
  DecoderConfig decoder;
  decoder.num_hidden_layers = row.layers;
  decoder.hidden_size = row.hidden;
  decoder.intermediate_size = row.intermediate;
  decoder.num_attention_heads = decoder.num_key_value_heads = row.heads;
  decoder.head_dim = row.hidden / row.heads;
  decoder.vocab_size = row.vocabulary;
  decoder.qkv_bias = row.biases;
  const Graph graph = shape_only_model(to_model(decoder));
  std::vector<double> scores(static_cast<std::size_t>(row.layers));
  std::iota(scores.rbegin(), scores.rend(), 1.0);
  GivenStatistics statistics = influences(graph, scores);
  const PruningResult result = short_gpt(graph, statistics, {.layers = row.removed});
  const auto dense = static_cast<double>(count_parameters(graph.config()));
  const auto left = static_cast<double>(count_loaded_parameters(graph.config(), result.plan));
  CHECK((1 - left / dense) * 100 == Approx(row.ratio).margin(0.005));
}

TEST_CASE("a forecast goes through a policy that scores once, and counts one pass for it") {
  const Graph graph = load<Llama>(source_path("tests/data/arch/llama-gqa"));
  const GoldenRun oracle = read_golden(source_path("tests/data/arch/llama-gqa/golden.safetensors"));
  const Calibration calibration{{"block", TokenWindows(oracle.length, oracle.tokens)}};
  const Forecast made = forecast(ShortGpt({.layers = 2}), graph, calibration, {}, 0.1);
  CHECK(made.steps == 2);
  CHECK(made.work.plans == 0);
  CHECK(made.seconds > 0);
}
