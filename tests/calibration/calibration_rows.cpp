// SPDX-License-Identifier: MIT
#include <algorithm>
#include <fstream>
#include <numeric>
#include <set>
#include <vector>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <support/reference_data.hpp>

#include <multipruner/calibration/calibration_rows.hpp>
#include <multipruner/core/error.hpp>

using namespace multipruner;

namespace {

std::vector<Index> counting(Index count) {
  std::vector<Index> numbers(static_cast<std::size_t>(count));
  std::iota(numbers.begin(), numbers.end(), Index{0});
  return numbers;
}

bool all_different(const std::vector<Index>& numbers) {
  return std::set(numbers.begin(), numbers.end()).size() == numbers.size();
}

}  // namespace

TEST_CASE("samplings are found by their names") {
  for (const Sampling sampling : {Sampling::first, Sampling::random, Sampling::reference}) {
    CHECK(sampling_named(name_of(sampling)) == sampling);
  }
  CHECK(name_of(Sampling::reference) == "reference");
  CHECK_FALSE(sampling_named("Random"));
}

TEST_CASE("the reference's rows of Alpaca") {
  std::ifstream file(test::source_path("tests/data/datasets/sampling.json"));
  const auto golden = nlohmann::json::parse(file);
  const CalibrationRows rows = choose_rows(52002, false, {.sampling = Sampling::reference, .seed = 42});
  CHECK(rows.width == golden.at("width_set").at("original_rows").get<std::vector<Index>>());
  CHECK(rows.block == golden.at("block_set").at("original_rows").get<std::vector<Index>>());

  const auto overlap = std::count_if(rows.block.begin(), rows.block.end(), [&](Index row) {
    return std::find(rows.width.begin(), rows.width.end(), row) != rows.width.end();
  });
  CHECK(overlap == golden.at("overlap").get<Index>());

  // What a program draws that draws only one set.
  const CalibrationRows single = choose_rows(52002, false, {.samples_width = 256, .sampling = Sampling::reference});
  CHECK(single.width == golden.at("single_draw_set").at("original_rows").get<std::vector<Index>>());
}

TEST_CASE("random rows are drawn from the whole data set, width first") {
  std::ifstream file(test::source_path("tests/data/datasets/sampling.json"));
  const auto golden = nlohmann::json::parse(file);
  // 5,200 rows are the size of the reference's pool, so its positions are the rows here.
  const CalibrationRows rows = choose_rows(5200, false, {.sampling = Sampling::random});
  CHECK(rows.width == golden.at("width_set").at("pool_positions").get<std::vector<Index>>());
  CHECK(rows.block == golden.at("block_set").at("pool_positions").get<std::vector<Index>>());
  CHECK(choose_rows(5200, false, {.sampling = Sampling::random, .seed = 43}).width != rows.width);
}

TEST_CASE("first rows, and all of them where there are fewer") {
  const CalibrationRows usual = choose_rows(1000, false, {});
  CHECK(usual.block == counting(256));
  CHECK(usual.width == counting(128));
  const CalibrationRows asked = choose_rows(1000, false, {.samples_block = 20, .samples_width = 2000});
  CHECK(asked.block == counting(20));
  CHECK(asked.width == counting(1000));
}

TEST_CASE("running text is taken whole unless paragraphs are asked for") {
  const CalibrationRows whole = choose_rows(1000, true, {});
  CHECK(whole.block == counting(1000));
  CHECK(whole.width == counting(1000));
  const CalibrationRows part = choose_rows(1000, true, {.samples_width = 3});
  CHECK(part.block == counting(1000));
  CHECK(part.width == counting(3));
  CHECK(choose_rows(1000, true, {.sampling = Sampling::random}).block.size() == 256);
}

TEST_CASE("any number of rows can be sampled from") {
  for (Index rows = 1; rows < 300; ++rows) {
    CAPTURE(rows);
    const CalibrationRows random = choose_rows(rows, false, {.sampling = Sampling::random});
    REQUIRE(static_cast<Index>(random.block.size()) == std::min<Index>(rows, 256));
    REQUIRE(static_cast<Index>(random.width.size()) == std::min<Index>(rows, 128));
    REQUIRE(all_different(random.block));
    REQUIRE(all_different(random.width));
    if (rows < 6) {
      REQUIRE_THROWS_AS(choose_rows(rows, false, {.sampling = Sampling::reference}), OptionError);
      continue;
    }
    const CalibrationRows reference = choose_rows(rows, false, {.sampling = Sampling::reference});
    REQUIRE(all_different(reference.block));
    REQUIRE(*std::max_element(reference.block.begin(), reference.block.end()) < rows);
  }
}

TEST_CASE("a sample larger than its pool is refused") {
  CHECK_THROWS_WITH(choose_rows(100, false, {.samples_block = 101, .sampling = Sampling::random}),
                    Catch::Contains("101 rows are to be drawn from 100"));
  CHECK_THROWS_WITH(choose_rows(100, false, {.samples_width = 11, .sampling = Sampling::reference}),
                    Catch::Contains("11 rows are to be drawn from 10"));
  CHECK_THROWS_AS(choose_rows(100, false, {.samples_block = 0}), OptionError);
  CHECK_THROWS_AS(choose_rows(100, false, {.samples_width = -1, .sampling = Sampling::random}), OptionError);
}
