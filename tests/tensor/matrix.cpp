// SPDX-License-Identifier: MIT
#include <limits>
#include <utility>

#include <catch2/catch.hpp>
#include <support/expect_error.hpp>

#include <multipruner/tensor/matrix.hpp>

using namespace multipruner;
using namespace multipruner::test;

TEST_CASE("a matrix that was moved from is empty") {
  Matrix<float> source(3, 4);
  const float* const memory = source.view().data;
  Matrix<float> target(std::move(source));
  CHECK(target.rows() == 3);
  CHECK(target.view().data == memory);
  CHECK(source.rows() == 0);
  CHECK(source.columns() == 0);
  CHECK(source.view().rows == 0);
  source = std::move(target);
  CHECK(source.columns() == 4);
  CHECK(source.view().data == memory);
  CHECK(target.rows() == 0);
  CHECK(target.resize(2, 2).rows == 2);
}

TEST_CASE("a matrix of sizes that cannot be is refused") {
  constexpr Index half = Index{1} << 32;
  expect_error<OptionError>([&] { Matrix<float>(half, half); }, {"matrix", "4294967296"});
  expect_error<OptionError>([&] { Matrix<float>(-1, 4); }, {"matrix", "negative"});
  expect_error<OptionError>([&] { Matrix<float>(4, std::numeric_limits<Index>::min()); }, {"matrix", "negative"});
  Matrix<float> matrix(2, 2);
  expect_error<OptionError>([&] { matrix.resize(half, half); }, {"matrix"});
  CHECK(matrix.rows() == 2);
}
