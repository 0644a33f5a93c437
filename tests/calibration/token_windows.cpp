// SPDX-License-Identifier: MIT
#include <numeric>
#include <vector>

#include <catch2/catch.hpp>
#include <support/expect_error.hpp>

#include <multipruner/calibration/token_windows.hpp>
#include <multipruner/calibration/window_range.hpp>
#include <multipruner/calibration/windows_fingerprint.hpp>

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
  CHECK(windows.longest() == 4);
  CHECK(windows.count() == 2);
  CHECK(windows.tokens() == counting(8));
  CHECK(windows.ignored_label() == 3);
  const auto second = windows.window(1);
  CHECK(std::vector(second.begin(), second.end()) == std::vector<TokenId>{4, 5, 6, 7});
  CHECK(TokenWindows{}.count() == 0);
}

TEST_CASE("windows can be capped") {
  CHECK(cut_windows(counting(12), 12, {.length = 4, .max_windows = 2}).tokens() == counting(8));
  CHECK(cut_windows(counting(12), 12, {.length = 4, .max_windows = 9}).tokens() == counting(12));
}

TEST_CASE("windows of several texts are put behind each other") {
  TokenWindows windows;
  windows.append(cut_windows(counting(5), 5, {.length = 2, .ignored_label = 3}));
  windows.append(cut_windows(counting(2), 2, {.length = 2}));
  CHECK(windows.count() == 3);
  CHECK(windows.tokens() == std::vector<TokenId>{0, 1, 2, 3, 0, 1});
  CHECK(windows.ignored_label() == TokenId{3});
  CHECK(windows.same_length());
  windows.append(cut_windows(counting(3), 3, {.length = 3}));
  CHECK(windows.count() == 4);
  CHECK(windows.longest() == 3);
  CHECK_FALSE(windows.same_length());
  CHECK(std::ranges::equal(windows.window(3), counting(3)));
}

TEST_CASE("windows may differ in length, and a mask says which of their tokens count") {
  const TokenWindows windows({1, 2, 3, 4, 5, 6, 7}, {0, 3, 7}, {true, false, true, true, true, true, false});
  CHECK(windows.count() == 2);
  CHECK(windows.longest() == 4);
  CHECK(std::ranges::equal(windows.window(1), std::vector<TokenId>{4, 5, 6, 7}));
  const WindowRange all{&windows, 0, 2};
  CHECK(all.rows() == 7);
  CHECK(all.labels() == std::vector<TokenId>{-1, 3, -1, 5, 6, -1, -1});
  const SequenceBatch batch = all.batch();
  REQUIRE(batch.sequences().size() == 2);
  CHECK(batch.sequences()[1].first_row == 3);
  CHECK(batch.positions() == std::vector<Index>{0, 1, 2, 0, 1, 2, 3});

  const TokenWindows second = windows.select(std::vector<Index>{1});
  CHECK(second == TokenWindows({4, 5, 6, 7}, {0, 4}, {true, true, true, false}));
  TokenWindows more = second;
  more.append(cut_windows(counting(2), 2, {.length = 2}));
  CHECK(more == TokenWindows({4, 5, 6, 7, 0, 1}, {0, 4, 6}, {true, true, true, false, true, true}));
  CHECK_THROWS_AS(windows.select(std::vector<Index>{2}), OptionError);
}

TEST_CASE("what the windows that are added ignore stays ignored") {
  const auto labels = [](const TokenWindows& windows) { return WindowRange{&windows, 0, windows.count()}.labels(); };
  TokenWindows none(2, {1, 5, 3, 7});
  none.append({3, {7, 5, 7}, TokenId{7}});
  CHECK(labels(none) == std::vector<TokenId>{5, -1, 7, -1, 5, -1, -1});
  TokenWindows ignoring(2, {1, 5, 3, 7}, TokenId{7});
  ignoring.append({3, {5, 5, 7}});
  CHECK(ignoring.label_mask().empty());  // the ignored label holds for all
  CHECK(labels(ignoring) == std::vector<TokenId>{5, -1, -1, -1, 5, -1, -1});
  ignoring.append({2, {5, 5}, TokenId{5}});
  CHECK(labels(ignoring) == std::vector<TokenId>{5, -1, -1, -1, 5, -1, -1, -1, -1});
  ignoring.append(ignoring);
  CHECK(ignoring.count() == 8);
  CHECK(labels(ignoring).size() == 18);
}

TEST_CASE("windows of several texts may count unequally") {
  TokenWindows windows(2, {1, 2, 3, 4});
  CHECK(windows.weight(1) == 1);
  CHECK(windows.mean_weight() == 1);
  const TokenWindows plain = windows;
  windows.append(TokenWindows(2, {5, 6}).weighted(4));
  CHECK(windows.weight(0) == 1);
  CHECK(windows.weight(2) == 4);
  CHECK(windows.mean_weight() == 2);
  CHECK(windows.weighted(0.5).weight(2) == 2);
  CHECK(windows.select(std::vector<Index>{2, 0}).weight(0) == 4);
  CHECK_FALSE(plain == plain.weighted(2));
  CHECK_FALSE(fingerprint_of(plain).value() == fingerprint_of(plain.weighted(2)).value());
  CHECK(fingerprint_of(plain).value() == fingerprint_of(plain.weighted(1)).value());
  expect_error<OptionError>([&] { (void)plain.weight(2); }, {"there is no window 2"});
  expect_error<OptionError>([&] { (void)plain.weighted(0); }, {"weight"});
}

TEST_CASE("windows that cannot be are refused") {
  const auto refused = [](auto... arguments) {
    expect_error<DataError>([&] { TokenWindows{std::move(arguments)...}; }, {"windows of tokens"});
  };
  const std::vector<TokenId> tokens = counting(5);
  for (const Index length : {-3, 0, 1, 2, 4}) refused(length, tokens);
  for (const auto& offsets : {std::vector<Index>{}, {0}, {0, 4}, {1, 5}, {0, 1, 5}, {0, 3, 2, 5}, {0, 6}}) {
    refused(tokens, offsets);
  }
  refused(tokens, std::vector<Index>{0, 5}, std::vector<bool>{true});
}

TEST_CASE("windows run together as far as their tokens allow") {
  const auto counts = [](const TokenWindows& windows, Index rows, Index most = 99) {
    std::vector<Index> of_passes;
    for (const WindowRange& pass : passes_of(windows, rows, most)) of_passes.push_back(pass.count);
    return of_passes;
  };
  const TokenWindows same = cut_windows(counting(20), 20, {.length = 4});
  CHECK(counts(same, 8) == std::vector<Index>{2, 2, 1});
  CHECK(counts(same, 11) == std::vector<Index>{2, 2, 1});
  CHECK(counts(same, 1) == std::vector<Index>{1, 1, 1, 1, 1});
  CHECK(counts(same, 99, 3) == std::vector<Index>{3, 2});
  CHECK(counts(TokenWindows(counting(14), {0, 2, 9, 11, 14}), 7) == std::vector<Index>{1, 1, 2});
  CHECK(counts({}, 8).empty());
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
    expect_error<OptionError>([&] { (void)WindowRange{&windows, i, 1}.batch(); }, {"windows of tokens"});
  }
  expect_error<OptionError>([] { (void)WindowRange{nullptr, 0, 1}.tokens(); }, {"windows of tokens"});
  expect_error<OptionError>([] { (void)WindowRange{nullptr, 0, 1}.batch(); }, {"windows of tokens"});
  expect_error<OptionError>([&] { (void)windows.is_label(6); }, {"windows of tokens"});
  CHECK(WindowRange{}.labels().empty());
}
