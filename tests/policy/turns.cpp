// SPDX-License-Identifier: MIT
#include <cmath>

#include <catch2/catch.hpp>
#include <support/expect_error.hpp>

#include <multipruner/policy/sequential_threshold.hpp>
#include <multipruner/policy/staged_policy.hpp>
#include <multipruner/policy/turns.hpp>

using namespace multipruner;
using namespace multipruner::test;

static_assert(StagedPolicy<SequentialThreshold<Greedy>>);

TEST_CASE("turns end at multiples of a share, and at the target") {
  CHECK(turns(5, 20) == std::vector<double>{5, 10, 15, 20});
  CHECK(turns(8, 20) == std::vector<double>{8, 16, 20});
  CHECK(turns(30, 20) == std::vector<double>{20});
  for (const double every : {0.0, -5.0, std::nan(""), 0.001}) {
    expect_error<OptionError>([&] { (void)turns(every, 20); }, {"ratio of a turn", "Give"});
  }
}

TEST_CASE("a policy stops where it is told, in the stage it has come to") {
  const SequentialThreshold<Greedy> policy({.ratio = 20, .split = {40, 50, 10}});
  CHECK(policy.target() == 20);
  CHECK(policy.until(5).target() == 5);
  CHECK(policy.until(50).target() == 20);
  const SequentialThreshold<Greedy> two({.thresholds = StageThresholds{.depth = 8, .mlp_width = 18}});
  CHECK(two.target() == 18);
  CHECK(two.until(10).target() == 10);
}
