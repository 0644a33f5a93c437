// SPDX-License-Identifier: MIT
#include <limits>
#include <random>
#include <vector>

#include <catch2/catch.hpp>
#include <support/expect_error.hpp>
#include <support/numbered_rows.hpp>

#include <multipruner/blocks/key_value_state.hpp>
#include <multipruner/simd/causal_attention.hpp>

using namespace multipruner;
using namespace multipruner::test;

namespace {

constexpr Index width = 32;

}  // namespace

TEST_CASE("a block gets back all it stored, keys and values apart") {
  KeyValueState state(5, width);
  const NumberedRows keys(0, 3, width), values(50, 3, width);
  const auto first = state.append(0, keys.view(), values.view());
  CHECK(first.keys.columns == width);
  CHECK(holds(first.keys, {0, 1, 2}));
  CHECK(holds(first.values, {50, 51, 52}));
  const auto second = state.append(3, NumberedRows(3, 2, width).view(), NumberedRows(53, 2, width).view());
  CHECK(holds(second.keys, {0, 1, 2, 3, 4}));
  CHECK(holds(second.values, {50, 51, 52, 53, 54}));
  const auto none = state.append(5, NumberedRows(0, 0, width).view(), NumberedRows(0, 0, width).view());
  CHECK(holds(none.keys, {0, 1, 2, 3, 4}));
}

TEST_CASE("tokens take the place of those that stand beyond what was seen") {
  KeyValueState state(3, width);
  const auto append = [&](Index seen, Index token, Index count) {
    const NumberedRows rows(token, count, width);
    return state.append(seen, rows.view(), rows.view());
  };
  static_cast<void>(append(0, 0, 1));
  static_cast<void>(append(1, 7, 2));
  const auto again = append(1, 9, 1);
  CHECK(holds(again.keys, {0, 9}));
  CHECK(holds(again.values, {0, 9}));
  expect_error<OptionError>([&] { static_cast<void>(append(3, 4, 0)); }, {"key/value cache"});  // 8 is forgotten
  CHECK(holds(append(2, 5, 1).keys, {0, 9, 5}));
}

TEST_CASE("more tokens than there is room for are refused, and those that are there stay") {
  KeyValueState state(3, width);
  const NumberedRows first(0, 2, width), two(2, 2, width), one(2, 1, width);
  static_cast<void>(state.append(0, first.view(), first.view()));
  expect_error<OptionError>([&] { static_cast<void>(state.append(2, two.view(), two.view())); },
                            {"key/value cache", "holds 3 tokens", "4 are needed"});
  CHECK(holds(state.append(2, one.view(), one.view()).keys, {0, 1, 2}));
}

TEST_CASE("keys and values of other widths or numbers, and tokens that it has not seen, are refused") {
  KeyValueState state(4, width);
  const NumberedRows right(0, 1, width), narrow(0, 1, width - 1), wide(0, 1, width + 1), two(0, 2, width);
  const auto refused = [&](Index seen, MatrixView<const float> keys, MatrixView<const float> values, const char* part) {
    expect_error<OptionError>([&] { static_cast<void>(state.append(seen, keys, values)); }, {"key/value cache", part});
  };
  refused(0, wide.view(), right.view(), "the keys");
  refused(0, narrow.view(), right.view(), "the keys");
  refused(0, right.view(), wide.view(), "the values");
  refused(0, right.view(), two.view(), "the values");
  refused(0, {nullptr, 1, width}, right.view(), "the keys");
  for (const Index seen : {Index{-1}, Index{1}, std::numeric_limits<Index>::max()}) {
    refused(seen, right.view(), right.view(), "tokens");
  }
  CHECK(holds(state.append(0, right.view(), right.view()).keys, {0}));
}

TEST_CASE("tokens are rounded as far as they are stored, whenever that is asked for") {
  KeyValueState state(5, width);
  const auto append = [&](Index seen, Index token, Index count) {
    const NumberedRows rows(token, count, width);
    return state.append(seen, rows.view(), rows.view());
  };
  CHECK(append(0, 0, 2).rounded == nullptr);
  CHECK(state.rounded(8).length() == 2);
  CHECK(state.rounded(8).num_key_value_heads() == width / 8);
  static_cast<void>(append(2, 2, 3));
  CHECK(state.rounded(8).length() == 5);
  static_cast<void>(append(1, 7, 2));
  CHECK(state.rounded(8).length() == 3);
  CHECK(state.rounded(16).head_dim() == 16);
  CHECK(state.rounded(16).length() == 3);
  for (const Index head_dim : {0, -8, 5}) {
    expect_error<OptionError>([&] { static_cast<void>(state.rounded(head_dim)); },
                              {"key/value cache", "do not divide"});
  }
}

TEST_CASE("tokens that were rounded and then replaced are rounded anew") {
  constexpr Index count = 150, head_dim = 16;
  KeyValueState state(count, width);
  std::mt19937 random(1);
  const auto random_rows = [&](Index rows) {
    std::vector<float> values;
    for (Index i = 0; i < rows * width; ++i) values.push_back(std::normal_distribution<float>()(random));
    return values;
  };
  const std::vector<float> queries = random_rows(2);
  std::vector<float> before;
  for (const Index seen : {0, 140, 20, 0}) {
    const std::vector<float> keys = random_rows(count - seen), values = random_rows(count - seen);
    const auto all = state.append(seen, {keys.data(), count - seen, width}, {values.data(), count - seen, width});
    const auto attended = [&](const simd::RoundedKeysAndValues* rounded) {
      std::vector<float> output(queries.size());
      const simd::AttentionSegment segment{
          {queries.data(), 2, width}, all.keys, all.values, {output.data(), 2, width}, rounded};
      simd::causal_attention({&segment, 1}, {.num_attention_heads = 2, .num_key_value_heads = 2, .head_dim = head_dim},
                             simd::Compute::bfloat16);
      return output;
    };
    const std::vector<float> output = attended(&state.rounded(head_dim));
    CHECK(output == attended(nullptr));
    CHECK(output != before);
    before = output;
  }
}

TEST_CASE("sizes of a state that cannot be are refused") {
  expect_error<OptionError>([] { KeyValueState(-1, width); }, {"matrix"});
  expect_error<OptionError>([] { KeyValueState(4, -1); }, {"matrix"});
  expect_error<OptionError>([] { KeyValueState(Index{1} << 60, width); }, {"matrix", "memory"});
}
