// SPDX-License-Identifier: MIT
#include <limits>

#include <catch2/catch.hpp>
#include <support/random_matrix.hpp>

#include <multipruner/tensor/cholesky.hpp>
#include <multipruner/tensor/products.hpp>

using namespace multipruner;
using namespace multipruner::test;

namespace {

RowMajor positive_definite(Index n) {
  const RowMajor x = random_matrix(n, n);
  return x * x.transpose() + RowMajor::Identity(n, n);
}

}  // namespace

TEST_CASE("Cholesky factors, of which only the upper triangle counts") {
  const Index n = GENERATE(0, 1, 31, 32, 33, 100, 128, 129, 300, 400);
  const RowMajor matrix = positive_definite(n);
  RowMajor factor = matrix;
  factor.triangularView<Eigen::StrictlyLower>().setConstant(std::numeric_limits<double>::quiet_NaN());
  RowMajor parallel = factor;
  REQUIRE(factor_in_place(stored_rows(factor)));
  REQUIRE(parallel_factor_in_place(stored_rows(parallel)));
  const RowMajor u = factor.triangularView<Eigen::Upper>();
  CHECK((u.transpose() * u - matrix).norm() <= 1e-14 * matrix.norm() * static_cast<double>(n));
  CHECK(u == RowMajor(parallel.triangularView<Eigen::Upper>()));
}

TEST_CASE("A matrix that is not positive definite has no factor, nor has one with NaN") {
  const Index n = 200, place = GENERATE(0, 127, 128, 199);
  RowMajor matrix = positive_definite(n);
  matrix(place, place) = GENERATE(-1.0, 0.0, std::numeric_limits<double>::quiet_NaN());
  CHECK_FALSE(factor_in_place(stored_rows(matrix)));
}
