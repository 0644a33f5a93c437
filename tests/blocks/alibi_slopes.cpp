// SPDX-License-Identifier: MIT
#include <cmath>
#include <vector>

#include <catch2/catch.hpp>

#include <multipruner/blocks/alibi_slopes.hpp>
#include <multipruner/core/error.hpp>

using namespace multipruner;

TEST_CASE("slopes of ALiBi are powers of two, and those between for other numbers of heads") {
  CHECK(alibi_slopes(0).empty());
  CHECK(alibi_slopes(1) == std::vector<float>{1.0f / 256});
  CHECK(alibi_slopes(8) ==
        std::vector<float>{0.5f, 0.25f, 0.125f, 1.0f / 16, 1.0f / 32, 1.0f / 64, 1.0f / 128, 1.0f / 256});
  const std::vector<float> five = alibi_slopes(5);  // of 4, and the first of 8
  CHECK(five == std::vector<float>{0.25f, 1.0f / 16, 1.0f / 64, 1.0f / 256, 0.5f});
  const std::vector<float> forty = alibi_slopes(40);  // Baichuan 13B: of 32, and every second one of 64
  REQUIRE(forty.size() == 40);
  CHECK(forty[31] == 1.0f / 256);
  CHECK(forty[32] == Approx(std::pow(2.0, -8.0 / 64)));
  CHECK(forty[39] == Approx(std::pow(2.0, -8.0 * 15 / 64)));
  CHECK_THROWS_AS(alibi_slopes(-1), OptionError);
}
