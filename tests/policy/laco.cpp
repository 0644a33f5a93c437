// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <support/blocks.hpp>
#include <support/expect_error.hpp>
#include <support/given_statistics.hpp>
#include <support/random_windows.hpp>
#include <support/reference_data.hpp>

#include <multipruner/arch/load.hpp>
#include <multipruner/calibration/calibration.hpp>
#include <multipruner/calibration/gathered_statistics.hpp>
#include <multipruner/core/parallel.hpp>
#include <multipruner/evaluation/evaluate_perplexity.hpp>
#include <multipruner/importance/perplexity.hpp>
#include <multipruner/io/json_file.hpp>
#include <multipruner/plan/extract.hpp>
#include <multipruner/plan/parameter_count.hpp>
#include <multipruner/policy/detail/last_hidden_states.hpp>
#include <multipruner/policy/detail/merged_layers.hpp>
#include <multipruner/policy/forecast.hpp>
#include <multipruner/policy/laco.hpp>
#include <multipruner/pruner/pruner.hpp>
#include <multipruner/simd/convert.hpp>
#include <multipruner/tensor/weight_store.hpp>

using namespace multipruner;
using namespace multipruner::test;
using Json = nlohmann::json;

namespace {

Graph stories() {
  return load<Llama>(source_path("examples/models/stories-1.6M"));
}

LaCoMerge merge_called(const std::string& name) {
  return name == "last_layer" ? LaCoMerge::last_layer : LaCoMerge::sum_of_differences;
}

/// What an oracle decided, and the windows on which it did.
struct Oracle {
  Json stored = read_json_file(source_path("tests/data/laco/stories-1.6M.json"));
  Graph graph = stories();
  TokenWindows windows{stored["length"].get<Index>(), stored["tokens"].get<std::vector<TokenId>>()};
};

LaCoOptions options_of(const Json& stored) {
  return {.layers_per_merge = stored["layers_per_merge"],
          .lowest_layer = stored["lowest"],
          .highest_layer = stored["highest"].get<Index>(),
          .interval = stored["interval"],
          .threshold = stored["threshold"].get<double>(),
          .merge = merge_called(stored["merge"])};
}

PruningResult run(const Graph& graph, const TokenWindows& windows, LaCoOptions options,
                  PruningStepObserver on_step = {}) {
  UnusedObjective objective;
  GatheredStatistics statistics(graph, windows);
  const PruningResult result =
      LaCo(std::move(options))
          .run({.graph = graph, .objective = objective, .on_step = std::move(on_step), .statistics = statistics});
  CHECK(objective.asked == 0);
  return result;
}

std::vector<float> entries(const WeightView& weight) {
  std::vector<float> values;
  weight.visit([&](const auto matrix) {
    for (Index row = 0; row < matrix.rows; ++row) {
      for (Index i = 0; i < matrix.columns; ++i) values.push_back(to_float(matrix.row(row)[i]));
    }
  });
  return values;
}

/// Numbers as a model of that scalar type stores them.
std::vector<float> stored_as(DType dtype, const std::vector<double>& values) {
  const std::vector<float> narrowed(values.begin(), values.end());
  WeightStore store;
  return entries(store.fill(1, static_cast<Index>(values.size()), dtype,
                            [&](Index, std::byte* target) { simd::from_float(narrowed, dtype, target); }));
}

}  // namespace

TEST_CASE("LaCo compares models as an oracle in NumPy does") {
  const Oracle oracle;
  const Json& expected = oracle.stored["cases"][GENERATE(range(0, 10))];
  CAPTURE(expected);
  detail::LastHiddenStates states(oracle.graph, oracle.windows, simd::Compute::float32, 48);
  detail::MergedLayers model(oracle.graph);
  for (const Json& tried : expected["tries"]) {
    detail::MergedLayers next = model.merged(tried["layer"], tried["followers"], merge_called(expected["merge"]));
    CHECK(states.similarity_to(next.graph()) == Approx(tried["similarity"].get<double>()).margin(2e-5));
    if (tried["taken"]) model = std::move(next);
  }
  CHECK(states.similarity_to(oracle.graph) == Approx(1).epsilon(1e-12));
}

TEST_CASE("LaCo merges what an oracle in NumPy merges") {
  const Oracle oracle;
  const Json& expected = oracle.stored["cases"][GENERATE(range(0, 10))];
  CAPTURE(expected);
  std::vector<Edit> told;
  const PruningResult result = run(oracle.graph, oracle.windows, options_of(expected),
                                   [&](const PruningStep& step) { told.push_back(step.search.edit); });
  detail::MergedLayers model(oracle.graph);
  std::vector<Edit> merges;
  for (const Json& tried : expected["tries"]) {
    if (!tried["taken"]) continue;
    merges.push_back(model.removal_behind(tried["layer"], tried["followers"]));
    model = model.merged(tried["layer"], tried["followers"], merge_called(expected["merge"]));
  }
  REQUIRE(result.steps.size() == merges.size());
  for (std::size_t i = 0; i < merges.size(); ++i) {
    CHECK(result.steps[i].stage == "merged layers");
    CHECK(result.steps[i].search.edit == merges[i]);
    CHECK(std::isnan(result.steps[i].search.cost));
  }
  CHECK(told == merges);
  CHECK(result.graph.has_value() == !merges.empty());
  CHECK(result.outcome == (merges.empty() ? SearchOutcome::no_candidate : SearchOutcome::reached));
  CHECK(result.plan == model.plan());
  CHECK(result.plan == Plan(graph_of(result, oracle.graph)));
  CHECK(result.ratio == pruning_ratio(oracle.graph.config(), result.plan));
  CHECK(removals_of(result).size() == result.plan.removed_blocks().size());
}

TEST_CASE("merged weights are those of a plain loop, in every scalar type, and norms stay") {
  const std::string name = GENERATE("llama-gqa", "llama-gqa-bf16-sharded", "llama-gqa-f16-sharded", "llama-all-biases");
  const Graph graph = load<>(source_path("tests/data/arch/" + name));
  CAPTURE(name);
  const Index last = graph.config().num_hidden_layers - 1;
  const Graph sum = detail::MergedLayers(graph).merged(0, last, LaCoMerge::sum_of_differences).graph();
  const Graph one = detail::MergedLayers(graph).merged(0, last, LaCoMerge::last_layer).graph();
  Index merged = 0;
  for (const auto block_of : {attention_of, mlp_of}) {
    for (std::size_t slot = 0; slot < graph.tensors(block_of(0)).size(); ++slot) {
      const WeightView& first = tensor_of(graph, block_of(0), slot);
      CAPTURE(graph.label(block_of(0)), slot);
      if (graph.spec(block_of(0)).kind().slots[slot].stays) {
        CHECK(tensor_of(sum, block_of(0), slot).data == first.data);
        CHECK(tensor_of(one, block_of(0), slot).data == first.data);
        CHECK(tensor_of(sum, block_of(last), slot).data == tensor_of(graph, block_of(last), slot).data);
        continue;
      }
      CHECK_FALSE(tensor_of(sum, block_of(1), slot));
      CHECK_FALSE(tensor_of(one, block_of(last), slot));
      if (!first) continue;
      CHECK(tensor_of(one, block_of(0), slot).data == tensor_of(graph, block_of(last), slot).data);
      const std::vector<float> base = entries(first);
      std::vector<double> expected(base.begin(), base.end());
      for (Index layer = 1; layer <= last; ++layer) {
        const std::vector<float> other = entries(tensor_of(graph, block_of(layer), slot));
        for (std::size_t i = 0; i < expected.size(); ++i) expected[i] += double(other[i]) - double(base[i]);
      }
      CHECK(entries(tensor_of(sum, block_of(0), slot)) == stored_as(first.dtype, expected));
      ++merged;
    }
  }
  CHECK(merged == (name == "llama-all-biases" ? 14 : 7));
}

TEST_CASE("a layer that was merged can be merged again, and what it was is not kept") {
  const Graph graph = load<Llama>(source_path("tests/data/arch/llama-gqa"));
  const auto merge = GENERATE(LaCoMerge::sum_of_differences, LaCoMerge::last_layer);
  const detail::MergedLayers first = detail::MergedLayers(graph).merged(2, 1, merge);
  const Graph twice = first.merged(1, 1, merge).graph();
  CHECK(first.count() == 3);
  const std::size_t slot = GatedMlp::up_proj;
  CHECK(entries(tensor_of(twice, mlp_of(1), slot)) == entries(tensor_of(first.graph(), mlp_of(2), slot)));
  CHECK(Plan(twice).removed_blocks() == std::vector{attention_of(2), mlp_of(2), attention_of(3), mlp_of(3)});
}

TEST_CASE("a ratio is reached with no layer too many, by the highest threshold that does") {
  const Oracle oracle;
  const double layer =
      run(oracle.graph, oracle.windows, {.layers_per_merge = 2, .lowest_layer = 0, .interval = 8, .threshold = -1})
          .ratio;
  const auto merge = GENERATE(LaCoMerge::sum_of_differences, LaCoMerge::last_layer);
  const double ratio = GENERATE(3.0, 20.0, 33.0, 45.0);
  const LaCoOptions options{.layers_per_merge = 3, .lowest_layer = 0, .interval = 1, .ratio = ratio, .merge = merge};
  std::size_t told = 0;
  const PruningResult result = run(oracle.graph, oracle.windows, options, [&](const PruningStep&) { ++told; });
  CHECK(result.outcome == SearchOutcome::reached);
  CHECK(result.ratio >= ratio);
  CHECK(result.ratio < ratio + layer);
  CHECK(told == result.steps.size());
  CHECK(result.ratio == result.steps.back().search.ratio);
}

TEST_CASE("a ratio that merges cannot reach is a result, and one that is reached already merges nothing") {
  const Oracle oracle;
  const PruningResult most =
      run(oracle.graph, oracle.windows, {.layers_per_merge = 3, .lowest_layer = 4, .interval = 1, .ratio = 90});
  CHECK(most.outcome == SearchOutcome::no_candidate);
  CHECK(most.graph.has_value());
  for (const BlockId block : most.plan.removed_blocks()) CHECK(layer_of(block) > 4);
  Weights weights = oracle.graph.weights();
  for (const BlockId block : {attention_of(3), mlp_of(3)}) take_away(weights, oracle.graph.config(), block);
  const Graph pruned(oracle.graph.config(), weights, oracle.graph.storage());
  const PruningResult nothing = run(pruned, oracle.windows, {.ratio = 2});
  CHECK(nothing.outcome == SearchOutcome::reached);
  CHECK_FALSE(nothing.graph.has_value());
  CHECK(nothing.plan == Plan(pruned));
}

TEST_CASE("layers that are gone are not counted, and layers to keep take no part in merges") {
  const Oracle oracle;
  Weights weights = oracle.graph.weights();
  for (const BlockId block : {attention_of(3), mlp_of(3)}) take_away(weights, oracle.graph.config(), block);
  const Graph pruned(oracle.graph.config(), weights, oracle.graph.storage());
  LaCoOptions options{.layers_per_merge = 2, .lowest_layer = 2, .highest_layer = 4, .interval = 1, .threshold = -1};
  const PruningResult merged = run(pruned, oracle.windows, options);
  REQUIRE(merged.steps.size() == 1);
  CHECK(merged.steps.front().search.edit.front().block == attention_of(4));  // into layer 2
  options.keep = {mlp_of(4)};
  CHECK(run(pruned, oracle.windows, options).steps.empty());
  const PruningResult kept = run(
      oracle.graph, oracle.windows,
      {.layers_per_merge = 3, .lowest_layer = 0, .interval = 1, .threshold = -1, .keep = {attention_of(1), mlp_of(5)}});
  for (const Index layer : {1, 5}) {
    CHECK_FALSE(kept.plan.removed(attention_of(layer)));
    CHECK(tensor_of(*kept.graph, mlp_of(layer), GatedMlp::up_proj).data ==
          tensor_of(oracle.graph, mlp_of(layer), GatedMlp::up_proj).data);
  }
  REQUIRE_FALSE(kept.steps.empty());
}

TEST_CASE("LaCo gives the same bits for any number of threads and parts") {
  const Oracle oracle;
  const LaCoOptions options{.layers_per_merge = 3, .lowest_layer = 0, .interval = 1, .ratio = 25};
  const auto with = [&](int threads, Index rows) {
    LaCoOptions o = options;
    o.rows_per_pass = rows;
    return ThreadArena(threads).execute([&] { return run(oracle.graph, oracle.windows, o); });
  };
  const PruningResult expected = with(1, 4096);
  for (const int threads : {2, 4}) {
    const PruningResult result = with(threads, 24);
    CHECK(result.plan == expected.plan);
    for (const std::size_t slot : {GatedMlp::gate_proj, GatedMlp::down_proj}) {
      for (Index layer = 0; layer < 8; ++layer) {
        CHECK(entries(tensor_of(*result.graph, mlp_of(layer), slot)) ==
              entries(tensor_of(*expected.graph, mlp_of(layer), slot)));
      }
    }
  }
  detail::LastHiddenStates whole(oracle.graph, oracle.windows, simd::Compute::float32, 4096),
      parts(oracle.graph, oracle.windows, simd::Compute::float32, 1);
  const Graph merged = detail::MergedLayers(oracle.graph).merged(2, 2, LaCoMerge::sum_of_differences).graph();
  const double similarity = whole.similarity_to(merged);
  CHECK(ThreadArena(3).execute([&] { return parts.similarity_to(merged); }) == similarity);
}

TEST_CASE("options of LaCo that cannot be are refused by name") {
  const Oracle oracle;
  const auto refused = [&](LaCoOptions options, const std::vector<std::string>& parts) {
    expect_error<OptionError>([&] { (void)run(oracle.graph, oracle.windows, std::move(options)); }, parts);
  };
  for (const Index layers : {1, 0, -3}) refused({.layers_per_merge = layers}, {"layers per merge"});
  for (const Index interval : {0, -1}) refused({.interval = interval}, {"interval of merges"});
  refused({.lowest_layer = -1}, {"lowest layer", "-1"});
  for (const Index highest : {Index{9}, Index{-1}, std::numeric_limits<Index>::min()}) {
    refused({.highest_layer = highest}, {"highest layer", std::to_string(highest), "8 layers"});
  }
  refused({.layers_per_merge = 7, .lowest_layer = 1}, {"layers to merge", "no 7", "layer 1", "layer 7"});
  refused({.lowest_layer = 6, .highest_layer = 2}, {"layers to merge"});
  for (const double threshold : {1.0, -1.5, std::nan("")}) refused({.threshold = threshold}, {"similarity threshold"});
  for (const double ratio : {0.0, 100.0, std::nan("")}) refused({.ratio = ratio}, {"ratio"});
  refused({.keep = {BlockId{16}}}, {"blocks to keep", "block 16"});
  UnusedObjective objective;
  expect_error<OptionError>([&] { (void)LaCo({}).run({.graph = oracle.graph, .objective = objective}); },
                            {"statistics", "no calibration windows"});
}

TEST_CASE("layers of different widths are refused by the name of the block, unless they are kept") {
  const Oracle oracle;
  Plan plan(oracle.graph);
  plan.set_width(mlp_of(5), 96);
  const Graph narrower = extract(ModelView(oracle.graph, plan));
  const LaCoOptions options{.layers_per_merge = 2, .threshold = 0.9};
  expect_error<OptionError>([&] { (void)run(narrower, oracle.windows, options); }, {"layer 5 mlp", "layer 1 mlp"});
  plan = Plan(oracle.graph);
  plan.remove(attention_of(3));
  const Graph without = extract(ModelView(oracle.graph, plan));
  expect_error<OptionError>([&] { (void)run(without, oracle.windows, options); }, {"layer 3 mlp", "blocks of layer 1"});
  LaCoOptions kept = options;
  kept.keep = {mlp_of(5)};
  CHECK_NOTHROW(run(narrower, oracle.windows, kept));
  kept = options;
  kept.lowest_layer = 6;
  kept.highest_layer = 8;
  CHECK_NOTHROW(run(narrower, oracle.windows, kept));
}

TEST_CASE("a pruner gives LaCo the first windows and hands on the model that it made; a forecast counts its passes") {
  const Oracle oracle;
  const Calibration calibration{{"block", oracle.windows}, {"width", random_windows(oracle.graph, 2, 16)}};
  const LaCoOptions options{.layers_per_merge = 3, .lowest_layer = 0, .interval = 1, .ratio = 20};
  const PruningResult expected = run(oracle.graph, oracle.windows, options);
  const Pruner<Perplexity, LaCo> pruner(options);
  const PrunedModel pruned = pruner.compress(oracle.graph, calibration);
  CHECK(pruned.result.plan == expected.plan);
  CHECK(perplexity(ModelView(pruned.graph), oracle.windows) == perplexity(ModelView(*expected.graph), oracle.windows));
  CHECK(pruning_ratio(pruned.graph.config(), Plan(pruned.graph)) >= 20);
  const Forecast made = forecast(LaCo(options), oracle.graph, calibration, {}, GENERATE(0.0, 0.2));
  CHECK(made.ratio >= 20);
  CHECK(made.seconds >= 2 * made.seconds_per_token * static_cast<double>(oracle.windows.tokens().size()));
}

TEST_CASE("LaCo refuses models that norm what blocks add, naming the block") {
  const Graph graph = load<>(source_path("tests/data/families/gemma2"));
  expect_error<UnsupportedError>(
      [&] { (void)run(graph, random_windows(graph, 2, 8), {.layers_per_merge = 2, .lowest_layer = 0}); },
      {"layer 0 attention", "LaCo"});
}
