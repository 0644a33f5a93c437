// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <limits>

#include <catch2/catch.hpp>
#include <support/blocks.hpp>
#include <support/expect_error.hpp>
#include <support/random_windows.hpp>
#include <support/reference_data.hpp>

#include <multipruner/arch/load.hpp>
#include <multipruner/blocks/attention.hpp>
#include <multipruner/blocks/gated_mlp.hpp>
#include <multipruner/calibration/gathered_statistics.hpp>
#include <multipruner/importance/l1.hpp>
#include <multipruner/importance/output_norm.hpp>
#include <multipruner/importance/reorder.hpp>
#include <multipruner/plan/parameter_count.hpp>
#include <multipruner/policy/one_shot.hpp>
#include <multipruner/policy/uniform.hpp>

// Policies that narrow all blocks without measuring plans, side by side.

using namespace multipruner;
using namespace multipruner::test;

namespace {

struct NotAsked final : Objective {
  std::vector<PlanCost> costs(std::span<const Plan>, const CostRequest&) override {
    throw std::logic_error("measured");
  }
};

Graph model() {
  return load<Qwen2>(source_path("tests/data/arch/qwen2"));
}

template <class Policy>
PruningResult run(const Graph& graph, typename Policy::Options options) {
  NotAsked objective;
  return Policy(std::move(options)).run({graph, objective});
}

/// What a step takes away at most, in percent.
double largest_step(const PruningResult& result) {
  double before = 0, largest = 0;
  for (const PruningStep& step : result.steps) {
    largest = std::max(largest, step.search.ratio - before);
    before = step.search.ratio;
  }
  return largest;
}

/// One channel of the MLP of layer 1 matters little, and so does the last head of layer 2; elsewhere all are alike.
struct TwoLow {
  static constexpr std::string_view name = "two-low";
  [[nodiscard]] std::vector<double> scores(const Graph& graph, BlockAxis axis) const {
    std::vector<double> scores(static_cast<std::size_t>(graph.num_units(axis)), 5.0);
    for (std::size_t i = 0; i < scores.size(); ++i) scores[i] += 0.001 * static_cast<double>(scores.size() - i);
    if (axis.block == mlp_of(1)) scores.back() = -100;
    if (axis.block == attention_of(2)) scores.back() = -50;
    return scores;
  }
};

struct NotFinite {
  static constexpr std::string_view name = "not-finite";
  [[nodiscard]] std::vector<double> scores(const Graph& graph, BlockAxis axis) const {
    return std::vector<double>(static_cast<std::size_t>(graph.num_units(axis)),
                               std::numeric_limits<double>::infinity());
  }
};

}  // namespace

TEST_CASE("uniform pruning takes about the same share of every block, and passes the ratio by one group at most") {
  const Graph graph = model();
  const double ratio = GENERATE(5.0, 12.0, 30.0);
  const PruningResult result = run<Uniform>(graph, {.ratio = ratio, .mlp_group = 4});
  CHECK(result.outcome == SearchOutcome::reached);
  CHECK(result.ratio >= ratio);
  CHECK(result.ratio - ratio <= largest_step(result));
  CHECK(result.ratio == pruning_ratio(graph.config(), result.plan));
  for (const auto& [first, group] : {std::pair{mlp_of(0), 4.0}, {attention_of(0), 1.0}}) {
    double least = 1, most = 0;
    const double width = static_cast<double>(group == 1 ? graph.num_units(first) : graph.width(first));
    for (Index layer = 0; layer < graph.config().num_hidden_layers; ++layer) {
      const BlockId block{first.position + 2 * layer};
      const double kept = static_cast<double>(result.plan.width(block)) / static_cast<double>(graph.width(block));
      least = std::min(least, kept);
      most = std::max(most, kept);
    }
    CHECK(most - least <= group / width + 1e-12);
  }
}

TEST_CASE("uniform pruning keeps blocks that are to be kept, and can be taken to its target in parts") {
  const Graph graph = model();
  const NarrowingOptions options{.ratio = 15, .mlp_group = 2, .keep = {mlp_of(0), attention_of(1)}};
  const PruningResult result = run<Uniform>(graph, options);
  CHECK(result.plan.choice(mlp_of(0)) == graph.present(mlp_of(0)));
  CHECK(result.plan.choice(attention_of(1)) == graph.present(attention_of(1)));
  NotAsked objective;
  const PruningResult half = Uniform(options).until(7).run({graph, objective});
  CHECK(half.ratio >= 7);
  for (std::size_t i = 0; i < half.steps.size(); ++i) {
    CHECK(half.steps[i].search.edit == result.steps[i].search.edit);
  }
}

TEST_CASE("policies that narrow refuse what cannot work, and say where there is too little to remove") {
  const Graph graph = model();
  expect_error<OptionError>([&] { (void)run<Uniform>(graph, {.ratio = 0}); }, {"ratio"});
  expect_error<OptionError>([&] { (void)run<Uniform>(graph, {.ratio = 10, .mlp_group = 0}); }, {"group"});
  expect_error<OptionError>([&] { (void)run<Uniform>(graph, {.ratio = 10, .keep = {{99}}}); }, {"keep"});
  CHECK(run<Uniform>(graph, {.ratio = 99}).outcome == SearchOutcome::no_candidate);
}

TEST_CASE("one shot removes the units of the lowest scores first, whichever block they are in") {
  const Graph graph = model();
  const PruningResult result = run<OneShot<TwoLow>>(graph, {{.ratio = 5, .mlp_group = 1}, ScoreScale::none});
  REQUIRE(result.steps.size() >= 3);
  CHECK(result.steps[0].search.edit.front().block == mlp_of(1));
  CHECK(result.steps[1].search.edit.front().block == attention_of(2));
  CHECK(result.ratio - 5 <= largest_step(result));
}

TEST_CASE("one shot removes the channels of least L1 norm of a model that is ordered so") {
  const Graph unordered = model();
  const Graph graph = reorder(unordered, order_units(unordered, L1{}));
  const PruningResult result = run<OneShot<L1>>(graph, {{.ratio = 10, .mlp_group = 1, .keep = {}}, ScoreScale::none});
  double highest_gone = 0, lowest_left = 1e30;
  for (Index layer = 0; layer < graph.config().num_hidden_layers; ++layer) {
    const std::vector<double> scores = L1{}.scores(graph, mlp_of(layer));
    const auto left = static_cast<std::size_t>(result.plan.width(mlp_of(layer)));
    if (left < scores.size()) highest_gone = std::max(highest_gone, scores[left]);
    lowest_left = std::min(lowest_left, scores[left - 1]);
  }
  CHECK(highest_gone > 0);
  CHECK(highest_gone <= lowest_left);
}

TEST_CASE("one shot gathers the statistics that its metric needs; scores are scaled by block") {
  const Graph graph = model();
  const TokenWindows windows = random_windows(graph, 2, 16);
  GatheredStatistics statistics(graph, windows);
  NotAsked objective;
  const RunContext context{.graph = graph, .objective = objective, .statistics = statistics};
  const auto plan = [&](ScoreScale scale) {
    return OneShot<OutputNorm>({{.ratio = 20, .mlp_group = 1}, scale}).run(context).plan;
  };
  CHECK(plan(ScoreScale::standard) == plan(ScoreScale::standard));
  CHECK_FALSE(plan(ScoreScale::standard) == plan(ScoreScale::none));
  CHECK_FALSE(plan(ScoreScale::mean) == plan(ScoreScale::none));
}

TEST_CASE("one shot refuses scores that are not finite, naming the layer") {
  const Graph graph = model();
  expect_error<DataError>([&] { (void)run<OneShot<NotFinite>>(graph, {{.ratio = 3}}); }, {"layer 0", "not-finite"});
}
