#include <catch2/catch.hpp>

#include <multipruner/forward/sequence_batch.hpp>

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
