// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <random>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>
#include <support/expect_error.hpp>
#include <support/tiny_config.hpp>

#include <multipruner/core/error.hpp>
#include <multipruner/search/greedy.hpp>
#include <multipruner/search/lazy_greedy.hpp>

using namespace multipruner;
using namespace multipruner::test;

namespace {

double removed_share(const Plan& plan) {
  return 100 * static_cast<double>(plan.removed_blocks().size()) / static_cast<double>(plan.num_blocks());
}

/// Costs that are sums over the removed blocks, and something for pairs of them. Counts what is asked for.
struct Costs {
  std::vector<double> of_block;
  std::function<double(Index, Index)> of_pair = [](Index, Index) { return 0.0; };
  Index asked = 0;

  [[nodiscard]] double of(const Plan& plan) const {
    double cost = 1;
    const std::vector<BlockId> removed = plan.removed_blocks();
    for (const BlockId block : removed) cost += of_block[static_cast<std::size_t>(block.position)];
    for (const BlockId a : removed) {
      for (const BlockId b : removed) {
        if (a.position < b.position) cost += of_pair(a.position, b.position);
      }
    }
    return cost;
  }

  [[nodiscard]] SearchProblem problem(double target) {
    return {.costs =
                [this](std::span<const Plan> plans, bool) {
                  asked += static_cast<Index>(plans.size());
                  std::vector<PlanCost> costs;
                  for (const Plan& plan : plans) costs.push_back({of(plan)});
                  return costs;
                },
            .ratio_of = removed_share,
            .target = target};
  }
};

Costs random_costs(Index blocks, unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<double> cost(0.01, 1);
  Costs costs;
  for (Index i = 0; i < blocks; ++i) costs.of_block.push_back(cost(random));
  return costs;
}

}  // namespace

TEST_CASE("Where what edits add does not fall, lazy search decides as greedy search does, and asks for less") {
  const Plan dense(tiny_config(12));
  for (unsigned seed = 0; seed < 20; ++seed) {
    CAPTURE(seed);
    Costs costs = random_costs(24, seed);
    costs.of_pair = [seed](Index a, Index b) { return 0.002 * static_cast<double>((a * 7 + b * 5 + seed) % 11); };
    const SearchResult exact = Greedy{}.search(BlockRemoval{}, dense, costs.problem(50));
    const Index all = std::exchange(costs.asked, 0);
    const SearchResult lazy = LazyGreedy({.full_step_every = 0}).search(BlockRemoval{}, dense, costs.problem(50));
    CHECK(lazy.plan == exact.plan);
    REQUIRE(lazy.steps.size() == exact.steps.size());
    for (std::size_t i = 0; i < lazy.steps.size(); ++i) {
      CHECK(lazy.steps[i].edit == exact.steps[i].edit);
      CHECK(lazy.steps[i].cost == exact.steps[i].cost);
      CHECK(lazy.steps[i].ratio == exact.steps[i].ratio);
    }
    CHECK(costs.asked * 2 < all);
  }
}

TEST_CASE("What was not measured is told, with what it was taken to cost, and no candidate is lost") {
  const Plan dense(tiny_config(8));
  Costs costs = random_costs(16, 3);
  const SearchResult lazy = LazyGreedy({.neighbours = 0}).search(BlockRemoval{}, dense, costs.problem(50));
  std::size_t assumed = 0;
  for (std::size_t i = 0; i < lazy.steps.size(); ++i) {
    const SearchStep& step = lazy.steps[i];
    CHECK(step.candidates.size() + step.assumed.size() == 16 - i);
    assumed += step.assumed.size();
    for (const Candidate& candidate : step.assumed) {
      CHECK_FALSE(candidate.cost.exact);
      CHECK(candidate.cost.value == Approx(costs.of(apply(
                                        candidate.edit, i == 0 ? dense : [&] {
                                          Plan plan = dense;
                                          for (std::size_t k = 0; k < i; ++k) plan = apply(lazy.steps[k].edit, plan);
                                          return plan;
                                        }()))));
    }
  }
  CHECK(assumed > 0);
  CHECK(lazy.steps.front().assumed.empty());
}

TEST_CASE("What adds less once something is gone is found by its neighbours, by slack, or by the next full step") {
  const Plan dense(tiny_config(8));
  // Block 5 is dear until its neighbour, 4, the cheapest one, is gone; block 12 until block 0 is.
  Costs costs;
  costs.of_block = {0.2, 0.8, 0.8, 0.8, 0.1, 0.9, 0.8, 0.8, 0.8, 0.8, 0.8, 0.8, 0.9, 0.8, 0.8, 0.8};
  costs.of_pair = [](Index a, Index b) { return (a == 4 && b == 5) || (a == 0 && b == 12) ? -0.88 : 0.0; };
  const auto removed = [&](const LazyGreedyOptions& options, double target) {
    std::vector<Index> positions;
    for (const SearchStep& step : LazyGreedy(options).search(BlockRemoval{}, dense, costs.problem(target)).steps) {
      positions.push_back(step.edit.front().block.position);
    }
    return positions;
  };
  const auto nothing = LazyGreedyOptions{.slack = 0, .full_step_every = 0, .neighbours = 0};
  CHECK(removed(nothing, 12) == std::vector<Index>{4, 0});
  LazyGreedyOptions neighbours = nothing;
  neighbours.neighbours = 1;
  CHECK(removed(neighbours, 18) == std::vector<Index>{4, 5, 0});
  LazyGreedyOptions slack = nothing;
  slack.slack = 1;
  CHECK(removed(slack, 25) == std::vector<Index>{4, 5, 0, 12});
  LazyGreedyOptions full = nothing;
  full.full_step_every = 1;
  CHECK(removed(full, 25) == std::vector<Index>{4, 5, 0, 12});
}

TEST_CASE("Several edits are taken at once where they do not get in each other's way") {
  const Plan dense(tiny_config(8));
  Costs costs = random_costs(16, 5);
  const SearchResult one = LazyGreedy({.most_edits = 1}).search(BlockRemoval{}, dense, costs.problem(50));
  const Index alone = std::exchange(costs.asked, 0);
  const SearchResult four =
      LazyGreedy({.full_step_every = 1, .most_edits = 4}).search(BlockRemoval{}, dense, costs.problem(50));
  CHECK(four.plan == one.plan);
  CHECK(four.steps.size() == 8);
  CHECK(costs.asked < alone);
  CHECK(std::isnan(four.steps[1].cost));
  CHECK(four.steps[3].cost == Approx(costs.of([&] {
          Plan plan = dense;
          for (std::size_t i = 0; i < 4; ++i) plan = apply(four.steps[i].edit, plan);
          return plan;
        }())));
  CHECK(four.steps[1].candidates.empty());
  CHECK(removed_share(four.plan) == 50);

  // Where any two together ruin the model, one by one.
  costs.of_pair = [](Index, Index) { return 5.0; };
  costs.asked = 0;
  const SearchResult careful =
      LazyGreedy({.full_step_every = 1, .most_edits = 4}).search(BlockRemoval{}, dense, costs.problem(25));
  for (const SearchStep& step : careful.steps) CHECK_FALSE(step.candidates.empty());
}

TEST_CASE("Lazy search ends as greedy search does where nothing can be taken") {
  const Plan dense(tiny_config(2));
  Costs costs;
  costs.of_block = {1, 2, 3, 4};
  CHECK(LazyGreedy{}.search(BlockRemoval{}, dense, costs.problem(101)).outcome == SearchOutcome::no_candidate);
  const double nan = std::numeric_limits<double>::quiet_NaN(), infinity = std::numeric_limits<double>::infinity();
  costs.of_block = {nan, infinity, 3, nan};
  const SearchResult stuck = LazyGreedy{}.search(BlockRemoval{}, dense, costs.problem(75));
  CHECK(stuck.outcome == SearchOutcome::no_finite_cost);
  CHECK(stuck.plan.removed_blocks() == std::vector<BlockId>{{2}});
  CHECK(LazyGreedy{}.search(BlockRemoval{}, dense, costs.problem(0)).steps.empty());
}

TEST_CASE("Options of lazy search that cannot be are refused") {
  for (const LazyGreedyOptions& options : {LazyGreedyOptions{.slack = -1},
                                           {.slack = std::nan("")},
                                           {.full_step_every = -1},
                                           {.neighbours = -1},
                                           {.most_edits = 0},
                                           {.tolerance = -0.1}}) {
    expect_error<OptionError>([&] { LazyGreedy{options}; }, {"lazy search"});
  }
  const Plan dense(tiny_config(2));
  const SearchProblem broken{
      .costs = [](auto, bool) { return std::vector<PlanCost>{}; }, .ratio_of = removed_share, .target = 50};
  expect_error<OptionError>([&] { (void)LazyGreedy{}.search(BlockRemoval{}, dense, broken); }, {"0 costs for"});
}

TEST_CASE("Of edits that look best on a share of the windows, those without a finite cost give way to others") {
  const Plan dense(tiny_config(4));
  Costs costs = random_costs(8, 5);
  std::vector<Index> order{0, 1, 2, 3, 4, 5, 6, 7};
  std::ranges::sort(order, {}, [&](Index i) { return costs.of_block[static_cast<std::size_t>(i)]; });
  SearchProblem problem = costs.problem(12);
  problem.estimates = [&](std::span<const Plan> plans, double share) {
    CHECK(share == 0.5);
    std::vector<double> estimates;
    for (const Plan& plan : plans) estimates.push_back(2 * costs.of(plan));
    return estimates;
  };
  const auto measured = problem.costs;
  problem.costs = [&](std::span<const Plan> plans, bool only_cheapest) {
    std::vector<PlanCost> given = measured(plans, only_cheapest);
    for (std::size_t i = 0; i < plans.size(); ++i) {
      for (const Index spoilt : {order[0], order[1]}) {
        if (plans[i].removed({spoilt})) given[i].value = std::numeric_limits<double>::infinity();
      }
    }
    return given;
  };
  const SearchResult result = LazyGreedy({.screen = 0.5, .finalists = 2}).search(BlockRemoval{}, dense, problem);
  REQUIRE(result.steps.size() == 1);
  CHECK(result.steps.front().edit.front().block.position == order[2]);
  expect_error<OptionError>([] { (void)LazyGreedy({.screen = 0}); }, {"share of windows"});
  expect_error<OptionError>([] { (void)LazyGreedy({.finalists = 0}); }, {"measured to the end"});
}
