// SPDX-License-Identifier: MIT
#include <limits>

#include <catch2/catch.hpp>
#include <support/expect_error.hpp>
#include <support/numbered_rows.hpp>

#include <multipruner/blocks/key_value_state.hpp>

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

TEST_CASE("sizes of a state that cannot be are refused") {
  expect_error<OptionError>([] { KeyValueState(-1, width); }, {"matrix"});
  expect_error<OptionError>([] { KeyValueState(4, -1); }, {"matrix"});
  expect_error<OptionError>([] { KeyValueState(Index{1} << 60, width); }, {"matrix", "memory"});
}
