// SPDX-License-Identifier: MIT
#include <vector>

#include <catch2/catch.hpp>
#include <support/expect_error.hpp>

#include <multipruner/calibration/first_tokens.hpp>

using namespace multipruner;
using namespace multipruner::test;

TEST_CASE("As many windows as fit into so many tokens") {
  const TokenWindows windows({0, 1, 2, 3, 4, 5, 6, 7, 8}, {0, 4, 6, 9});
  CHECK(first_tokens(windows, 9) == windows);
  CHECK(first_tokens(windows, 100) == windows);
  CHECK(first_tokens(windows, 8) == windows.select(std::vector<Index>{0, 1}));
  CHECK(first_tokens(windows, 4) == windows.select(std::vector<Index>{0}));
}

TEST_CASE("Of a window that is longer, its beginning") {
  const TokenWindows windows(4, {7, 6, 5, 4, 3, 2, 1, 0}, 5);
  const TokenWindows some = first_tokens(windows, 3);
  CHECK(some.count() == 1);
  CHECK(some.tokens() == std::vector<TokenId>{7, 6, 5});
  CHECK(some.ignored_label() == 5);
}

TEST_CASE("No windows, and no tokens, are refused") {
  expect_error<DataError>([] { static_cast<void>(first_tokens(TokenWindows{}, 1)); }, {"windows"});
  expect_error<OptionError>([] { static_cast<void>(first_tokens(TokenWindows(2, {1, 2}), 0)); }, {"0 tokens"});
}
