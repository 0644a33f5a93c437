// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <string>

#include <catch2/catch.hpp>
#include <support/blocks.hpp>
#include <support/expect_error.hpp>
#include <support/random_windows.hpp>
#include <support/reference_data.hpp>

#include <multipruner/arch/load.hpp>
#include <multipruner/calibration/calibration.hpp>
#include <multipruner/plan/parameter_count.hpp>
#include <multipruner/policy/block_pruner.hpp>
#include <multipruner/policy/forecast.hpp>
#include <multipruner/policy/sequential_threshold.hpp>
#include <multipruner/search/evaluator.hpp>
#include <multipruner/search/lazy_greedy.hpp>

using namespace multipruner;
using namespace multipruner::test;

namespace {

Graph model() {
  return load<Qwen2>(source_path("tests/data/arch/qwen2"));
}

void require_same(const PruningResult& a, const PruningResult& b) {
  CHECK(a.plan == b.plan);
  CHECK(a.ratio == b.ratio);
  CHECK(a.outcome == b.outcome);
  REQUIRE(a.steps.size() == b.steps.size());
  for (std::size_t i = 0; i < a.steps.size(); ++i) {
    CHECK(a.steps[i].stage == b.steps[i].stage);
    CHECK(a.steps[i].samples == b.steps[i].samples);
    CHECK(a.steps[i].search.edit == b.steps[i].search.edit);
    CHECK(a.steps[i].search.cost == b.steps[i].search.cost);
    CHECK(a.steps[i].search.ratio == b.steps[i].search.ratio);
    CHECK(a.steps[i].search.candidates.size() == b.steps[i].search.candidates.size());
  }
}

/// Real costs of a small model on windows for blocks.
struct Measured {
  Graph graph = model();
  Calibration calibration{{"width", random_windows(graph, 2, 16, 5)}, {"block", random_windows(graph, 3, 16, 6)}};
  Evaluator evaluator{{graph, calibration}};
  RunContext context{.graph = graph, .objective = evaluator};
};

}  // namespace

TEST_CASE("blocks go as in the depth stage of the sequential policy") {
  Measured measured;
  const double ratio = GENERATE(5.0, 20.0, 60.0);
  const PruningResult depth = SequentialThreshold<>({.ratio = ratio, .split = {1, 0, 0}}).run(measured.context);
  require_same(BlockPruner<>({.ratio = ratio}).run(measured.context), depth);
  CHECK(depth.steps.front().samples == block_samples);
  const auto removed = static_cast<Index>(depth.steps.size());
  require_same(BlockPruner<>({.blocks = removed}).run(measured.context), depth);
  require_same(BlockPruner<LazyGreedy>({.blocks = removed}, LazyGreedy({.full_step_every = 1})).run(measured.context),
               depth);
}

TEST_CASE("a number of removals ends a search that takes several blocks in a step, too") {
  Measured measured;
  const LazyGreedy several({.most_edits = 4, .tolerance = 1e9});
  const Index blocks = GENERATE(1, 3, 5);
  const PruningResult result = BlockPruner<LazyGreedy>({.blocks = blocks}, several).run(measured.context);
  CHECK(result.outcome == SearchOutcome::reached);
  CHECK(static_cast<Index>(result.plan.removed_blocks().size()) == blocks);
  CHECK(result.steps.back().search.ratio == pruning_ratio(measured.graph.config(), result.plan));
}

TEST_CASE("only blocks of the kinds that are named go, by either of their names") {
  Measured measured;
  const std::string name = GENERATE("attention", "attn", "mlp");
  const bool attention = name != "mlp";
  const PruningResult result = BlockPruner<>({.blocks = 3, .kinds = {name}}).run(measured.context);
  CHECK(result.outcome == SearchOutcome::reached);
  REQUIRE(result.steps.size() == 3);
  for (const PruningStep& step : result.steps) {
    for (const Candidate& candidate : step.search.candidates) CHECK(is_mlp(candidate.edit.front().block) != attention);
  }
  const PruningResult both = BlockPruner<>({.blocks = 3, .kinds = {"mlp", "attention"}}).run(measured.context);
  require_same(both, BlockPruner<>({.blocks = 3}).run(measured.context));
}

TEST_CASE("blocks to keep stay, and running out of blocks is a result") {
  Measured measured;
  const ProtectedBlocks keep{attention_of(0), attention_of(1)};
  const PruningResult result = BlockPruner<>({.blocks = 3, .kinds = {"attention"}, .keep = keep}).run(measured.context);
  CHECK(result.outcome == SearchOutcome::no_candidate);
  CHECK(result.plan.removed_blocks() == std::vector{attention_of(2), attention_of(3)});
  CHECK(BlockPruner<>({.ratio = 99}).run(measured.context).outcome == SearchOutcome::no_candidate);
}

TEST_CASE("whole layers may go, and are what is counted then") {
  Measured measured;
  const PruningResult result = BlockPruner<>({.blocks = 2, .layers = true}).run(measured.context);
  CHECK(result.outcome == SearchOutcome::reached);
  REQUIRE(result.plan.removed_blocks().size() == 4);
  for (Index layer = 0; layer < 4; ++layer) {
    CHECK(result.plan.removed(attention_of(layer)) == result.plan.removed(mlp_of(layer)));
  }
  CHECK(result.steps.size() == 2);
  CHECK_THROWS_AS(BlockPruner<>({.kinds = {"mlp"}, .layers = true}).run(measured.context), OptionError);
}

TEST_CASE("a forecast of BlockPruner counts as many steps as blocks, and the work of its candidates") {
  const Measured measured;
  const Forecast made = forecast(BlockPruner<>({.blocks = 3}), measured.graph, measured.calibration, {}, 0.1);
  CHECK(made.steps == 3);
  CHECK(made.work.plans == 8 + 7 + 6);
  const Forecast of_many_heads =
      forecast(BlockPruner<>({.blocks = 3}), measured.graph, measured.calibration, {}, 0.1, 1000);
  CHECK(of_many_heads.seconds > 10 * made.seconds);
}

TEST_CASE("blocks that are gone already do not count") {
  Measured measured;
  Weights weights = measured.graph.weights();
  take_away(weights, measured.graph.config(), mlp_of(1));
  const Graph pruned(measured.graph.config(), weights, measured.graph.storage());
  Evaluator evaluator({pruned, measured.calibration});
  const PruningResult result = BlockPruner<>({.blocks = 2}).run({.graph = pruned, .objective = evaluator});
  CHECK(result.steps.size() == 2);
  CHECK(result.plan.removed_blocks().size() == 3);
}

TEST_CASE("options of BlockPruner that cannot be are refused by name, before anything is measured") {
  Measured measured;
  const auto refused = [&](BlockPrunerOptions options, const std::vector<std::string>& parts) {
    expect_error<OptionError>([&] { (void)BlockPruner<>(std::move(options)).run(measured.context); }, parts);
  };
  for (const double ratio : {0.0, 100.0, std::nan("")}) refused({.ratio = ratio}, {"ratio"});
  for (const Index blocks : {0, -2}) refused({.blocks = blocks}, {"number of blocks", std::to_string(blocks)});
  refused({.kinds = {"mlp", "atention"}}, {"kinds of blocks", "atention", "attention, mlp"});
  refused({.keep = {BlockId{99}}}, {"blocks to keep", "block 99"});
  CHECK(measured.evaluator.statistics().plans == 0);
  const Calibration widths{{"width", random_windows(measured.graph, 2, 16)}};
  Evaluator evaluator({measured.graph, widths});
  expect_error<DataError>(
      [&] { (void)BlockPruner<>({.blocks = 1}).run({.graph = measured.graph, .objective = evaluator}); }, {"block"});
}
