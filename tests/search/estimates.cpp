// SPDX-License-Identifier: MIT
#include <algorithm>
#include <vector>

#include <catch2/catch.hpp>
#include <support/blocks.hpp>
#include <support/random_windows.hpp>
#include <support/reference_data.hpp>

#include <multipruner/arch/load.hpp>
#include <multipruner/importance/perplexity.hpp>
#include <multipruner/policy/sequential_threshold.hpp>
#include <multipruner/search/evaluator.hpp>
#include <multipruner/search/lazy_greedy.hpp>

// Costs on a share of the windows, and searches that compare by them first.

using namespace multipruner;
using namespace multipruner::test;

namespace {

Graph model() {
  return load<Llama>(source_path("tests/data/arch/llama-gqa"));
}

std::vector<Plan> some_plans(const Graph& graph) {
  std::vector<Plan> plans{Plan(graph)};
  for (Index layer = 0; layer < 2; ++layer) {
    plans.push_back(plans.front());
    plans.back().remove(mlp_of(layer));
  }
  return plans;
}

}  // namespace

TEST_CASE("an estimate is the mean of about the share of windows that was asked for, spread over the set") {
  const Graph graph = model();
  const Calibration calibration{{"text", random_windows(graph, 16, 8)}};
  const std::vector<Plan> plans = some_plans(graph);
  Evaluator evaluator({.graph = graph, .calibration = calibration, .options = {.least_parts = 8}});
  const std::vector<PlanCost> estimates = evaluator.costs(plans, {.share = 0.25});
  CHECK(evaluator.statistics().plans == 0);
  CHECK(evaluator.statistics().estimated_plans == Approx(0.25 * 3));

  // Two groups of two windows: the first of eight, and the fifth.
  const std::vector<Index> chosen{0, 1, 8, 9};
  const Calibration quarter{{"text", calibration.front().select(chosen)}};
  Evaluator exact({.graph = graph, .calibration = quarter});
  const std::vector<PlanCost> expected = exact.costs(plans, {});
  for (std::size_t i = 0; i < plans.size(); ++i) {
    CHECK_FALSE(estimates[i].exact);
    CHECK(estimates[i].value == expected[i].value);
  }
  // What was measured for an estimate is not measured again.
  const std::vector<PlanCost> all = evaluator.costs(plans, {});
  CHECK(all.front().exact);
  CHECK(evaluator.statistics().blocks_saved_by_memory > 0);
}

TEST_CASE("estimates depend on neither how many windows run together nor how they are cut into passes") {
  const Graph graph = model();
  const Index windows = GENERATE(1, 5, 16, 19);
  const double share = GENERATE(0.01, 0.25, 0.6);
  const Calibration calibration{{"text", random_windows(graph, windows, 8)}};
  const std::vector<Plan> plans = some_plans(graph);
  const auto estimates = [&](Index rows_per_pass) {
    Evaluator evaluator(
        {.graph = graph, .calibration = calibration, .options = {.rows_per_pass = rows_per_pass, .least_parts = 8}});
    std::vector<double> values;
    for (const PlanCost& cost : evaluator.costs(plans, {.share = share})) values.push_back(cost.value);
    return values;
  };
  const std::vector<double> expected = estimates(4096);
  for (const Index rows : {1, 8, 16, 24, 40}) CHECK(estimates(rows) == expected);
}

TEST_CASE(
    "a search that compares on a share of the windows first measures less, and takes what costs least of those left") {
  const Graph graph = model();
  const TokenWindows windows = random_windows(graph, 32, 8);
  const Calibration calibration{{"block", windows}, {"width", windows}};
  const SequentialThresholdOptions options{.ratio = 30, .split = {40, 50, 10}, .mlp_group = 4};
  const auto run = [&](const LazyGreedyOptions& how, Index rows_per_pass, EvaluatorStatistics& work) {
    Evaluator evaluator(
        {.graph = graph, .calibration = calibration, .options = {.rows_per_pass = rows_per_pass, .least_parts = 8}});
    const PruningResult result =
        SequentialThreshold<LazyGreedy>(options, LazyGreedy(how)).run({.graph = graph, .objective = evaluator});
    work = evaluator.statistics();
    return result;
  };
  EvaluatorStatistics lazy, screened, in_parts;
  (void)run({.full_step_every = 1}, 4096, lazy);
  const PruningResult result = run({.full_step_every = 1, .screen = 0.25, .finalists = 2}, 4096, screened);
  CHECK(result.ratio >= 30);
  CHECK(screened.blocks_asked_for() < lazy.blocks_asked_for());
  CHECK(run({.full_step_every = 1, .screen = 0.25, .finalists = 2}, 16, in_parts).plan == result.plan);
  for (const PruningStep& step : result.steps) {
    CHECK(step.search.candidates.size() <= 2);
    for (const Candidate& candidate : step.search.candidates) CHECK(candidate.cost.value >= step.search.cost);
  }
}
