// SPDX-License-Identifier: MIT
#include <vector>

#include <catch2/catch.hpp>
#include <support/expect_error.hpp>

#include <multipruner/calibration/last_tokens.hpp>

using namespace multipruner;
using namespace multipruner::test;

namespace {

std::vector<float> entries(MatrixView<const float> rows) {
  return {rows.data, rows.data + rows.rows * rows.columns};
}

}  // namespace

TEST_CASE("the last token of every window is kept, however many windows are added together") {
  const std::vector<float> rows{1, 2, 3, 4, 5, 6, 7, 8, 9, 10};  // five tokens
  SequenceBatch two;
  two.append(2);
  two.append(3);
  LastTokens together;
  together.add_before({rows.data(), 5, 2}, two);
  CHECK(entries(together.before()) == std::vector<float>{3, 4, 9, 10});
  CHECK(together.behind().rows == 0);
  LastTokens apart;
  apart.add_before({rows.data(), 2, 2}, SequenceBatch(1, 2));
  apart.add_before({rows.data() + 4, 3, 2}, SequenceBatch(1, 3));
  apart.add_behind({rows.data(), 2, 1}, SequenceBatch(2, 1));
  CHECK(entries(apart.before()) == entries(together.before()));
  CHECK(entries(apart.behind()) == std::vector<float>{1, 2});
}

TEST_CASE("rows that are not the windows, or of another width, are no last tokens of them") {
  const std::vector<float> rows{1, 2, 3, 4, 5, 6};
  LastTokens tokens;
  expect_error<OptionError>(
      [&] {
        tokens.add_before({rows.data(), 3, 2}, SequenceBatch(1, 2));
      },
      {"last tokens", "2 in all"});
  tokens.add_before({rows.data(), 2, 2}, SequenceBatch(1, 2));
  expect_error<OptionError>([&] { tokens.add_before({rows.data(), 2, 3}, SequenceBatch(1, 2)); }, {"2 rows of 3"});
  expect_error<OptionError>([&] { tokens.add_behind({nullptr, 2, 2}, SequenceBatch(1, 2)); }, {"no memory"});
}
