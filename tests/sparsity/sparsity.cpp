// SPDX-License-Identifier: MIT
#include <vector>

#include <catch2/catch.hpp>
#include <support/eigen.hpp>
#include <support/expect_error.hpp>

#include <multipruner/sparsity/sparsity.hpp>
#include <multipruner/sparsity/weight_matrix.hpp>

using namespace multipruner;
using namespace multipruner::test;

TEST_CASE("A mask counts and lists what is removed") {
  WeightMask mask(3, 70);
  mask.remove(1, 0);
  mask.remove(1, 63);
  mask.remove(1, 64);
  mask.remove(1, 64);
  mask.remove(2, 69);
  CHECK(mask.count() == 4);
  CHECK(mask.count(0) == 0);
  CHECK(mask.count(1) == 3);
  CHECK(mask.removed(1, 63));
  CHECK_FALSE(mask.removed(1, 62));
  std::vector<Index> columns;
  mask.removed_columns(1, 60, 10, columns);
  CHECK(columns == std::vector<Index>{3, 4});
  mask.kept_columns(2, 67, 3, columns);
  CHECK(columns == std::vector<Index>{0, 1});
  CHECK(mask == WeightMask(mask));
  CHECK_FALSE(mask == WeightMask(3, 70));
  CHECK(WeightMask().count() == 0);
}

TEST_CASE("Zeros of stored weights") {
  const std::vector<float> values{0, 1, 0, 2, -0.0f, 0, 3, 4};
  const WeightView weight(values.data(), 2, 4);
  CHECK(sparsity(weight) == 50);
  CHECK(satisfies(weight, NOfM{2, 4}));
  CHECK(satisfies(weight, NOfM{1, 4}));
  CHECK_FALSE(satisfies(weight, NOfM{1, 2}));
  CHECK_FALSE(satisfies(weight, NOfM{3, 4}));
  CHECK_FALSE(satisfies(weight, NOfM{1, 3}));
  CHECK(satisfies(weight, Unstructured{50}));
  CHECK_FALSE(satisfies(weight, Unstructured{90}));
  CHECK(sparsity(WeightMask(0, 4)) == 0);
  CHECK(to_eigen(weight) == (RowMajor(2, 4) << 0, 1, 0, 2, 0, 0, 3, 4).finished());
}

TEST_CASE("Patterns as text") {
  CHECK(parse_sparsity_pattern("2:4") == SparsityPattern(NOfM{2, 4}));
  CHECK(parse_sparsity_pattern("0:8") == SparsityPattern(NOfM{0, 8}));
  CHECK(parse_sparsity_pattern("37.5%") == SparsityPattern(Unstructured{37.5}));
  CHECK(parse_sparsity_pattern("50") == SparsityPattern(Unstructured{50}));
  for (const char* text : {"2:4", "37.5%", "100%"}) CHECK(to_string(parse_sparsity_pattern(text)) == text);
  for (const char* text : {"", ":", "2:", ":4", "a", "50%%", "2:4:8", "2.5:4", " 50", "nan"}) {
    expect_error<OptionError>([&] { (void)parse_sparsity_pattern(text); }, {text, "neither"});
  }
  for (const char* text : {"5:4", "-1:4", "2:0", "2:-4", "-1%", "100.5%"}) {
    expect_error<OptionError>([&] { (void)parse_sparsity_pattern(text); }, {"sparsity pattern", text});
  }
}

TEST_CASE("Patterns by what stays") {
  CHECK(parse_sparsity_pattern("keep-1:4") == SparsityPattern(NOfM{3, 4}));
  CHECK(parse_sparsity_pattern("keep-2:4") == SparsityPattern(NOfM{2, 4}));
  CHECK(parse_sparsity_pattern("keep-8:8") == SparsityPattern(NOfM{0, 8}));
  for (const char* text : {"keep-", "keep-50%", "keep-1", "keep-:4", "keep-keep-1:4", "keep 1:4"}) {
    expect_error<OptionError>([&] { (void)parse_sparsity_pattern(text); }, {text, "neither", "keep-2:4"});
  }
  for (const char* text : {"keep-5:4", "keep--1:4", "keep-1:0", "keep--9223372036854775808:4"}) {
    expect_error<OptionError>([&] { (void)parse_sparsity_pattern(text); }, {"sparsity pattern", text});
  }
}

TEST_CASE("Patterns in words") {
  CHECK(describe(NOfM{1, 4}) == "of each 4 consecutive weights of a row 1 is removed and 3 stay");
  CHECK(describe(NOfM{3, 4}) == "of each 4 consecutive weights of a row 3 are removed and 1 stays");
  CHECK(describe(Unstructured{37.5}) ==
        std::string("37.5% of the weights are removed"));  // GCC 12 reads past a literal
}

TEST_CASE("A share of 1 is no percentage of weights") {
  expect_error<OptionError>([] { (void)parse_sparsity_pattern("0.5"); }, {"`50` or `0.5%`"});
  expect_error<OptionError>([] { (void)parse_sparsity_pattern("0.5", "--pattern"); },
                            {"`--pattern 50` or `--pattern 0.5%`"});
  CHECK(parse_sparsity_pattern("0.5%") == SparsityPattern(Unstructured{0.5}));
}

TEST_CASE("Numbers of removed weights are rounded down, from percentages without surprises") {
  CHECK(removed_count(Unstructured{50}, 7) == 3);
  CHECK(removed_count(Unstructured{29}, 100) == 29);  // 0.29 · 100 is less than 29 in double precision
  CHECK(removed_count(Unstructured{100}, 7) == 7);
}
