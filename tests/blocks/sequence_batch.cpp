// SPDX-License-Identifier: MIT
#include <limits>
#include <utility>

#include <catch2/catch.hpp>
#include <support/expect_error.hpp>

#include <multipruner/blocks/sequence_batch.hpp>

using namespace multipruner;

TEST_CASE("sequences of one length lie one behind the other, each from position 0") {
  const SequenceBatch batch(3, 2);
  CHECK(batch.rows() == 6);
  CHECK(batch.positions() == std::vector<Index>{0, 1, 0, 1, 0, 1});
  CHECK(batch.last_position() == 1);
  REQUIRE(batch.sequences().size() == 3);
  for (Index i = 0; i < 3; ++i) {
    CHECK(batch.sequences()[static_cast<std::size_t>(i)].first_row == 2 * i);
    CHECK(batch.sequences()[static_cast<std::size_t>(i)].rows == 2);
  }
}

TEST_CASE("sequences may differ in length and begin later") {
  SequenceBatch batch;
  CHECK(batch.rows() == 0);
  batch.append(2, 7);
  batch.append(3);
  CHECK(batch.positions() == std::vector<Index>{7, 8, 0, 1, 2});
  CHECK(batch.last_position() == 8);
  REQUIRE(batch.sequences().size() == 2);
  CHECK(batch.sequences()[1].first_row == 2);
  CHECK(batch.sequences()[1].rows == 3);
}

TEST_CASE("sequences of fewer than no token, or at negative positions, are refused") {
  constexpr Index most = std::numeric_limits<Index>::max();
  SequenceBatch batch;
  for (const auto& [rows, position] : {std::pair<Index, Index>{-1, 0}, {1, -1}, {2, most}}) {
    test::expect_error<OptionError>([&, r = rows, p = position] { batch.append(r, p); }, {"sequence"});
  }
  test::expect_error<OptionError>([] { SequenceBatch(-1, 2); }, {"sequences"});
  test::expect_error<OptionError>([] { SequenceBatch(2, -1); }, {"sequences"});
  test::expect_error<OptionError>([=] { SequenceBatch(most, 4); }, {"sequences"});
  CHECK(batch.rows() == 0);
  batch.append(3, 2);
  const SequenceBatch moved = std::move(batch);
  CHECK(moved.last_position() == 4);
  CHECK(batch.last_position() == 0);
}
