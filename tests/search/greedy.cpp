// SPDX-License-Identifier: MIT
#include <limits>

#include <catch2/catch.hpp>
#include <support/blocks.hpp>
#include <support/tiny_config.hpp>

#include <multipruner/core/error.hpp>
#include <multipruner/search/greedy.hpp>
#include <multipruner/search/search_space.hpp>

using namespace multipruner;
using namespace multipruner::test;

namespace {

constexpr double nan_value = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

/// The share of blocks that are removed, as a ratio that tests can count with.
double removed_share(const Plan& plan) {
  return 25.0 * static_cast<double>(plan.removed_blocks().size());
}

/// The block that only this one of a batch of plans removes.
BlockId own_removal(const Plan& plan, std::span<const Plan> plans) {
  for (const BlockId block : plan.removed_blocks()) {
    if (!std::ranges::all_of(plans, [&](const Plan& other) { return other.removed(block); })) return block;
  }
  return plan.removed_blocks().back();
}

/// Costs by the block that was removed last.
SearchProblem by_block(std::vector<double> cost_of_position, double target) {
  const auto costs = [=](std::span<const Plan> plans, bool only_cheapest) {
    CHECK(only_cheapest);
    std::vector<PlanCost> result;
    for (const Plan& plan : plans) {
      result.push_back({cost_of_position[static_cast<std::size_t>(own_removal(plan, plans).position)]});
    }
    return result;
  };
  return {.costs = costs, .ratio_of = removed_share, .target = target};
}

}  // namespace

TEST_CASE("the cheapest move is taken until the target is reached") {
  const Plan dense(tiny_config());
  const SearchResult result = Greedy{}.search(BlockRemoval{}, dense, by_block({4, 1, 3, 2}, 50));
  CHECK(result.outcome == SearchOutcome::reached);
  CHECK(result.plan.removed_blocks() == std::vector<BlockId>{mlp_of(0), mlp_of(1)});
  REQUIRE(result.steps.size() == 2);
  CHECK(result.steps[0].candidates.size() == 4);
  CHECK(result.steps[1].candidates.size() == 3);
  CHECK(result.steps[1].cost == 2);
  CHECK(result.steps[1].ratio == 50);
}

TEST_CASE("where there is a score, the candidate of the lowest one is taken, whatever it costs") {
  SearchProblem problem = by_block({4, 1, 3, 2}, 25);
  problem.score = [](double cost, const Plan& plan) { return plan.removed(mlp_of(0)) ? cost : cost - 10; };
  const SearchResult result = Greedy{}.search(BlockRemoval{}, Plan(tiny_config()), problem);
  REQUIRE(result.steps.size() == 1);
  CHECK(result.steps[0].cost == 2);
  CHECK(result.plan.removed(mlp_of(1)));
  problem.score = [](double, const Plan&) { return nan_value; };
  CHECK(Greedy{}.search(BlockRemoval{}, Plan(tiny_config()), problem).outcome == SearchOutcome::no_finite_cost);
}

TEST_CASE("ties go to attention before MLP, and to the lower layer") {
  const Plan dense(tiny_config());
  const auto first = [&](std::vector<double> costs) {
    return Greedy{}.search(BlockRemoval{}, dense, by_block(std::move(costs), 1)).plan.removed_blocks()[0];
  };
  CHECK(first({1, 1, 1, 1}) == attention_of(0));
  CHECK(first({2, 1, 1, 1}) == attention_of(1));
  CHECK(first({2, 1, 2, 1}) == mlp_of(0));
}

TEST_CASE("costs that are not finite never win, and are an outcome when there is nothing else") {
  const Plan dense(tiny_config());
  const SearchResult result = Greedy{}.search(BlockRemoval{}, dense, by_block({nan_value, -infinity, infinity, 5}, 75));
  CHECK(result.outcome == SearchOutcome::no_finite_cost);
  CHECK(result.plan.removed_blocks() == std::vector<BlockId>{mlp_of(1)});
}

TEST_CASE("a bound is not a cost, however low, and every plan needs a cost") {
  const Plan dense(tiny_config());
  SearchProblem problem = by_block({}, 25);
  problem.costs = [](std::span<const Plan> plans, bool) {
    std::vector<PlanCost> costs(plans.size(), {1.0, false});
    costs[2] = {3.0, true};
    return costs;
  };
  CHECK(Greedy{}.search(BlockRemoval{}, dense, problem).plan.removed_blocks() == std::vector<BlockId>{mlp_of(0)});
  problem.costs = [](std::span<const Plan>, bool) { return std::vector<PlanCost>(1); };
  CHECK_THROWS_AS(Greedy{}.search(BlockRemoval{}, dense, problem), OptionError);
}

TEST_CASE("a space that is used up is an outcome") {
  const Plan dense(tiny_config());
  const SearchResult result = Greedy{}.search(BlockRemoval{}, dense, by_block({1, 2, 3, 4}, 101));
  CHECK(result.outcome == SearchOutcome::no_candidate);
  CHECK(result.steps.size() == 4);
}

TEST_CASE("widths shrink by whole groups and never to nothing") {
  const ModelConfig config = tiny_config();
  Plan plan(config);
  const WidthReduction mlp(config, "MLP channels", 4);
  const WidthReduction attention(config, "attention heads", 4);
  CHECK(mlp.edits(plan) == std::vector<Edit>{narrowed(mlp_of(0), 6), narrowed(mlp_of(1), 6)});
  CHECK(attention.edits(plan).size() == 2);
  plan.set_width(mlp_of(0), 4);
  plan.remove(mlp_of(1));
  plan.set_width(attention_of(0), 4);
  CHECK(mlp.edits(plan).empty());
  CHECK(attention.edits(plan) == std::vector<Edit>{narrowed(attention_of(1), 4)});
}

TEST_CASE("groups that cut through key/value groups are refused") {
  const ModelConfig config = tiny_config();
  CHECK_THROWS_AS(WidthReduction(config, "attention heads", 2), OptionError);
  CHECK_THROWS_AS(WidthReduction(config, "attention heads", 0), OptionError);
  CHECK_THROWS_AS(WidthReduction(config, "MLP channels", -4), OptionError);
  CHECK_NOTHROW(WidthReduction(config, "attention heads", 8));
  CHECK_NOTHROW(WidthReduction(config, "MLP channels", 3));
}
