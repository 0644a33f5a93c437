// SPDX-License-Identifier: MIT
#include <limits>

#include <catch2/catch.hpp>
#include <support/random_matrix.hpp>

#include <multipruner/tensor/products.hpp>
#include <multipruner/tensor/triangular.hpp>

using namespace multipruner;
using namespace multipruner::test;

TEST_CASE("Systems of an upper triangular matrix and of its transpose are solved, and nothing below it is read") {
  const Index n = GENERATE(0, 1, 31, 32, 33, 64, 65, 200), rows = GENERATE(0, 1, 7, 130);
  RowMajor matrix = random_matrix(n, n);
  matrix.diagonal().array() += static_cast<double>(n + 1);
  const RowMajor u = matrix.triangularView<Eigen::Upper>();
  matrix.triangularView<Eigen::StrictlyLower>().setConstant(std::numeric_limits<double>::quiet_NaN());
  const RowMajor right = random_matrix(rows, n);
  RowMajor x = right;
  solve_rows(stored_rows(matrix), stored_rows(x));
  CHECK((x * u - right).norm() <= 1e-13 * right.norm());
  x = right;
  solve_rows_transposed(stored_rows(matrix), stored_rows(x));
  CHECK((x * u.transpose() - right).norm() <= 1e-13 * right.norm());
}
