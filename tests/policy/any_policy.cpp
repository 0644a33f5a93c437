// SPDX-License-Identifier: MIT
#include <catch2/catch.hpp>
#include <support/expect_error.hpp>
#include <support/reference_data.hpp>

#include <multipruner/arch/load.hpp>
#include <multipruner/core/error.hpp>
#include <multipruner/policy/any_policy.hpp>
#include <multipruner/policy/sequential_threshold.hpp>

using namespace multipruner;
using namespace multipruner::test;

namespace {

/// Costs are the widths that are left.
struct Widths final : Objective {
  std::vector<PlanCost> costs(std::span<const Plan> plans, const CostRequest&) override {
    std::vector<PlanCost> costs;
    for (const Plan& plan : plans) {
      double width = 0;
      for (Index position = 0; position < plan.num_blocks(); ++position) {
        width += static_cast<double>(plan.choice({position})[0] * (position + 1));
      }
      costs.push_back({-width});
    }
    return costs;
  }
};

struct AtOnce {
  struct Options {};
  explicit AtOnce(Options) {}
  [[nodiscard]] PruningResult run(const RunContext& context) const {
    return {.plan = Plan(context.graph), .ratio = static_cast<double>(context.seed)};
  }
};

}  // namespace

TEST_CASE("A policy of any type runs as it would by its own type, and in parts where it can") {
  const Graph graph = load<Llama>(source_path("tests/data/arch/llama-gqa"));
  Widths objective;
  const SequentialThreshold<> own({.ratio = 30, .split = {40, 50, 10}, .mlp_group = 16});
  const AnyPolicy any = own;
  CHECK(any.is_staged());
  CHECK(any.target() == 30.0);
  CHECK(any.run({graph, objective}).plan == own.run({graph, objective}).plan);
  CHECK(any.until(10).run({graph, objective}).plan == own.until(10).run({graph, objective}).plan);
  CHECK(any.until(10).target() == 10.0);

  const AnyPolicy at_once = AtOnce({});
  CHECK_FALSE(at_once.is_staged());
  CHECK_FALSE(at_once.target());
  CHECK(at_once.run({.graph = graph, .objective = objective, .seed = 7}).ratio == 7);
  expect_error<OptionError>([&] { (void)at_once.until(10); }, {"policy", "in parts"});
}
