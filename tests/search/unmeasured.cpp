// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <limits>

#include <catch2/catch.hpp>
#include <support/blocks.hpp>
#include <support/tiny_config.hpp>

#include <multipruner/search/lowest_score.hpp>
#include <multipruner/search/random_walk.hpp>

// Strategies that measure nothing, side by side.

using namespace multipruner;
using namespace multipruner::test;

namespace {

/// Blocks of a model of two layers are to be removed until so many percent of them are gone; whoever measures, fails.
SearchProblem removals(double target) {
  return {.costs = [](std::span<const Plan>, bool) -> std::vector<PlanCost> { throw std::logic_error("measured"); },
          .ratio_of = [](const Plan& plan) { return 25.0 * static_cast<double>(plan.removed_blocks().size()); },
          .target = target};
}

std::vector<BlockId> order_of(const SearchResult& result) {
  std::vector<BlockId> order;
  for (const SearchStep& step : result.steps) order.push_back(step.edit.front().block);
  return order;
}

}  // namespace

TEST_CASE("a random walk takes other edits with another seed, and the same with the same") {
  const Plan dense(tiny_config(16));
  const auto walk = [&](std::uint64_t seed) {
    return order_of(RandomWalk(seed).search(BlockRemoval{}, dense, removals(25.0 * 32)));
  };
  std::vector<BlockId> one = walk(1), other = walk(2);
  CHECK(one == walk(1));
  CHECK(one != other);
  std::ranges::sort(one, {}, &BlockId::position);
  std::ranges::sort(other, {}, &BlockId::position);
  CHECK(one == other);  // in the end each has taken all
}

TEST_CASE("a random walk takes every edit about as often") {
  const Plan dense(tiny_config());
  std::vector<int> taken(4);
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    const SearchResult result = RandomWalk(seed).search(BlockRemoval{}, dense, removals(25));
    ++taken[static_cast<std::size_t>(result.plan.removed_blocks().front().position)];
  }
  for (const int times : taken) CHECK(std::abs(times - 100) < 40);  // more than four standard deviations
}

TEST_CASE("the edit with the lowest score goes first, the first one of equals, and one without a finite score never") {
  const Plan dense(tiny_config());
  const double nan_value = std::numeric_limits<double>::quiet_NaN();
  const std::vector<double> scores{2, nan_value, 1, 1};
  const LowestScore by_score(
      [&](const Edit& edit, const Plan&) { return scores[static_cast<std::size_t>(edit.front().block.position)]; });
  const SearchResult some = by_score.search(BlockRemoval{}, dense, removals(75));
  CHECK(order_of(some) == std::vector<BlockId>{attention_of(1), mlp_of(1), attention_of(0)});
  CHECK(some.outcome == SearchOutcome::reached);
  CHECK(std::isnan(some.steps.front().cost));
  CHECK(some.steps.back().ratio == 75);
  CHECK(by_score.search(BlockRemoval{}, dense, removals(100)).outcome == SearchOutcome::no_finite_cost);
}

TEST_CASE("strategies that measure nothing tell their steps, and say where nothing is left") {
  const Plan dense(tiny_config());
  std::size_t told = 0;
  SearchProblem problem = removals(101);
  problem.on_step = [&](const SearchStep&) { ++told; };
  CHECK(RandomWalk().search(BlockRemoval{}, dense, problem).outcome == SearchOutcome::no_candidate);
  CHECK(LowestScore().search(BlockRemoval{}, dense, problem).outcome == SearchOutcome::no_candidate);
  CHECK(told == 8);
}
