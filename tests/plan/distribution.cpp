// SPDX-License-Identifier: MIT
#include <limits>

#include <catch2/catch.hpp>

#include <multipruner/core/error.hpp>
#include <multipruner/plan/distribution.hpp>

using namespace multipruner;

TEST_CASE("thresholds of the published 22 % run") {
  const StageThresholds thresholds = stage_thresholds(22, {44, 52, 4});
  CHECK(*thresholds.depth == Approx(9.68));
  CHECK(*thresholds.mlp_width == Approx(21.12));
  CHECK(*thresholds.attention_width == 22.0);
}

TEST_CASE("a share of zero skips its stage") {
  const StageThresholds depth_only = stage_thresholds(10, {100, 0, 0});
  CHECK(depth_only.depth == 10.0);
  CHECK_FALSE(depth_only.mlp_width);
  CHECK_FALSE(depth_only.attention_width);
  const StageThresholds no_depth = stage_thresholds(10, {0, 90, 10});
  CHECK_FALSE(no_depth.depth);
  CHECK(*no_depth.mlp_width == Approx(9));
}

TEST_CASE("nonsense is refused") {
  const double ratio = GENERATE(0.0, 100.0, -3.0, 120.0, std::numeric_limits<double>::quiet_NaN());
  CHECK_THROWS_AS(stage_thresholds(ratio, {}), OptionError);
  CHECK_THROWS_AS(stage_thresholds(20, {-1, 50, 50}), OptionError);
  CHECK_THROWS_AS(stage_thresholds(20, {0, 0, 0}), OptionError);
  CHECK_THROWS_AS(stage_thresholds(20, {std::numeric_limits<double>::infinity(), 1, 1}), OptionError);
}
