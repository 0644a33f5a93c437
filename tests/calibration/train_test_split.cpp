// SPDX-License-Identifier: MIT
#include <cmath>
#include <fstream>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <support/expect_error.hpp>
#include <support/reference_data.hpp>

#include <multipruner/calibration/train_test_split.hpp>
#include <multipruner/core/numpy_random.hpp>

using namespace multipruner;

namespace {

nlohmann::json golden() {
  std::ifstream file(test::source_path("tests/data/datasets/sampling.json"));
  return nlohmann::json::parse(file);
}

std::vector<Index> first64(const std::vector<Index>& rows) {
  return {rows.begin(), rows.begin() + 64};
}

}  // namespace

TEST_CASE("the two splits of Alpaca are those of Hugging Face's datasets") {
  const auto first = golden().at("first_split");
  const TrainTestSplit split = train_test_split(52002, test_rows_for(52002, 0.2), 42);
  CHECK(split.train.size() == first.at("train_size"));
  CHECK(split.test.size() == first.at("test_size"));
  CHECK(first64(split.train) == first.at("train_first64").get<std::vector<Index>>());
  CHECK(first64(split.test) == first.at("test_first64").get<std::vector<Index>>());
  CHECK(split.train.back() == first.at("train_last"));
  CHECK(split.test.back() == first.at("test_last"));

  const auto second = golden().at("second_split_of_test");
  TrainTestSplit again = train_test_split(10401, test_rows_for(10401, 0.5), 42);
  for (auto* part : {&again.train, &again.test}) {
    for (Index& row : *part) row = split.test[static_cast<std::size_t>(row)];
  }
  CHECK(again.train.size() == second.at("train_size"));
  CHECK(again.test.size() == second.at("test_size"));
  CHECK(first64(again.train) == second.at("train_first64_original_rows").get<std::vector<Index>>());
  CHECK(first64(again.test) == second.at("test_first64_original_rows").get<std::vector<Index>>());
  CHECK(again.train.back() == second.at("train_last"));
  CHECK(again.test.back() == second.at("test_last"));
}

TEST_CASE("the validation split of Alpaca-cleaned is that of Hugging Face's datasets") {
  const auto expected = golden().at("cleaned_split");
  const TrainTestSplit split = train_test_split(51760, 2000, 42);
  CHECK(split.train.size() == expected.at("train_size"));
  CHECK(split.test.size() == expected.at("validation_size"));
  CHECK(first64(split.train) == expected.at("train_first64").get<std::vector<Index>>());
  CHECK(first64(split.test) == expected.at("validation_first64").get<std::vector<Index>>());
}

TEST_CASE("a share of the rows is rounded up") {
  CHECK(test_rows_for(10, 0.2) == 2);
  CHECK(test_rows_for(11, 0.2) == 3);
  CHECK(test_rows_for(1, 0.2) == 1);
}

TEST_CASE("a split with an empty part is refused") {
  CHECK(train_test_split(2, 1, 42).train.size() == 1);
  CHECK_THROWS_AS(train_test_split(1, 1, 42), OptionError);
  CHECK_THROWS_AS(train_test_split(0, 0, 42), OptionError);
  CHECK_THROWS_AS(train_test_split(5, 0, 42), OptionError);
  CHECK_THROWS_AS(train_test_split(5, 5, 42), OptionError);
}

TEST_CASE("shares that are none are refused") {
  for (const double share : {-0.1, 1.1, std::nan("")}) {
    test::expect_error<OptionError>([&] { (void)test_rows_for(10, share); }, {"train_test_split"});
  }
  test::expect_error<OptionError>([] { (void)test_rows_for(-1, 0.5); }, {"train_test_split"});
  test::expect_error<OptionError>([] { (void)NumpyRandom(1).permutation(-1); }, {"permutation"});
}
