// SPDX-License-Identifier: MIT
#include <numeric>
#include <vector>

#include <catch2/catch.hpp>
#include <support/expect_error.hpp>

#include <multipruner/calibration/token_windows.hpp>
#include <multipruner/calibration/window_range.hpp>

using namespace multipruner;
using namespace multipruner::test;

namespace {

std::vector<TokenId> counting(int count) {
  std::vector<TokenId> tokens(static_cast<std::size_t>(count));
  std::iota(tokens.begin(), tokens.end(), 0);
  return tokens;
}

}  // namespace

TEST_CASE("windows follow each other and the remainder is dropped") {
  const TokenWindows windows = cut_windows(counting(11), 11, {.length = 4, .ignored_label = 3});
  CHECK(windows.length == 4);
  CHECK(windows.count() == 2);
  CHECK(windows.tokens == counting(8));
  CHECK(windows.ignored_label == 3);
  const auto second = windows.window(1);
  CHECK(std::vector(second.begin(), second.end()) == std::vector<TokenId>{4, 5, 6, 7});
  CHECK(TokenWindows{}.count() == 0);
}

TEST_CASE("windows can be capped") {
  CHECK(cut_windows(counting(12), 12, {.length = 4, .max_windows = 2}).tokens == counting(8));
  CHECK(cut_windows(counting(12), 12, {.length = 4, .max_windows = 9}).tokens == counting(12));
}

TEST_CASE("windows of several texts are put behind each other, if they are of one length") {
  TokenWindows windows;
  windows.append(cut_windows(counting(5), 5, {.length = 2, .ignored_label = 3}));
  windows.append(cut_windows(counting(2), 2, {.length = 2}));
  CHECK(windows.count() == 3);
  CHECK(windows.tokens == std::vector<TokenId>{0, 1, 2, 3, 0, 1});
  CHECK(windows.ignored_label == TokenId{3});
  const TokenWindows before = windows;
  CHECK_THROWS_WITH(windows.append(cut_windows(counting(3), 3, {.length = 3})),
                    Catch::Contains("3 tokens a window do not go with 2"));
  CHECK(windows == before);
}

TEST_CASE("too few tokens for a window are refused") {
  CHECK(cut_windows(counting(4), 4, {.length = 4}).count() == 1);
  CHECK_THROWS_WITH(
      cut_windows(counting(3), 4, {.length = 4}, "alpaca.json"),
      Catch::Contains("alpaca.json: 3 tokens do not fill one window of 4") && Catch::Contains("at most 3"));
  CHECK_THROWS_WITH(cut_windows(counting(1), 4, {.length = 4}), Catch::EndsWith("Give more text or more samples."));
  CHECK_THROWS_AS(cut_windows(std::vector<TokenId>{}, 4, {.length = 4}), DataError);
}

TEST_CASE("tokens outside the vocabulary are refused") {
  CHECK_NOTHROW(cut_windows(counting(4), 4, {.length = 4}));
  CHECK_THROWS_WITH(cut_windows(counting(4), 3, {.length = 2}), Catch::Contains("token 3 at position 3"));
  CHECK_THROWS_AS(cut_windows(std::vector<TokenId>{0, -1}, 3, {.length = 2}), DataError);
}

TEST_CASE("window options that cannot work are refused") {
  CHECK_THROWS_AS(cut_windows(counting(4), 4, {.length = 1}), OptionError);
  CHECK_THROWS_AS(cut_windows(counting(4), 4, {.length = -2048}), OptionError);
  CHECK_THROWS_AS(cut_windows(counting(4), 4, {.length = 2, .max_windows = 0}), OptionError);
}

TEST_CASE("the reference ignores the end-of-text token unless its id is 0") {
  CHECK(reference_ignored_label(2) == 2);
  CHECK(reference_ignored_label(0) == std::nullopt);
  CHECK(reference_ignored_label(std::nullopt) == std::nullopt);
}

TEST_CASE("windows and ranges are asked only for what they have") {
  const TokenWindows windows{3, {1, 2, 3, 4, 5, 6}};
  for (const Index i : {Index{-1}, Index{2}, Index{1} << 61}) {
    expect_error<OptionError>([&] { (void)windows.window(i); }, {"windows of tokens"});
    expect_error<OptionError>([&] { (void)WindowRange{&windows, i, 1}.tokens(); }, {"windows of tokens"});
    expect_error<OptionError>([&] { (void)WindowRange{&windows, 1, i}.labels(); }, {"windows of tokens"});
  }
  expect_error<OptionError>([] { (void)WindowRange{nullptr, 0, 1}.tokens(); }, {"windows of tokens"});
  CHECK(WindowRange{}.labels().empty());
  CHECK(TokenWindows{-3, {1, 2, 3}}.count() == 0);
}
