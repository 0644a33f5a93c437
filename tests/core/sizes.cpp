// SPDX-License-Identifier: MIT
#include <limits>
#include <utility>

#include <catch2/catch.hpp>
#include <support/expect_error.hpp>

#include <multipruner/core/sizes.hpp>

using namespace multipruner;
using namespace multipruner::test;

TEST_CASE("products and sums of sizes are exact, or refused") {
  constexpr Index large = Index{1} << 24, most = std::numeric_limits<Index>::max();
  CHECK(product_of_sizes("room", {3, 4, 5}) == 60);
  CHECK(product_of_sizes("room", {3, 0, 5}) == 0);
  CHECK(product_of_sizes("room", {}) == 1);
  CHECK(product_of_sizes("room", {large, large}) == Index{1} << 48);
  expect_error<OptionError>(
      [&] {
        (void)product_of_sizes("room", {large, large, large});
      },
      {"room", "16777216 × 16777216"});
  expect_error<OptionError>([&] { (void)product_of_sizes("room", {most, most, 0}); }, {"room", "memory"});
  expect_error<OptionError>([&] { (void)product_of_sizes("room", {4, -1}); }, {"room", "negative", "4 × -1"});
  CHECK(sum_of_sizes("room", 3, 4) == 7);
  CHECK(sum_of_sizes("room", most, 0) == most);
  expect_error<OptionError>([&] { (void)sum_of_sizes("room", most, 1); }, {"room"});
  expect_error<OptionError>([&] { (void)sum_of_sizes("room", -1, 1); }, {"room", "-1"});
}

TEST_CASE("an owned size goes with what it is the size of") {
  OwnedSize size = 5, copy = size;
  CHECK(copy == 5);
  const OwnedSize taken = std::move(size);
  CHECK(taken == 5);
  CHECK(size == 0);
  size = std::move(copy);
  CHECK(size == 5);
  CHECK(copy == 0);
}
