// SPDX-License-Identifier: MIT
#include <catch2/catch.hpp>
#include <support/random_matrix.hpp>

#include <multipruner/tensor/products.hpp>

using namespace multipruner;
using namespace multipruner::test;

TEST_CASE("Products of views are those of the matrices, for small and large ones") {
  const Index m = GENERATE(1, 3, 65), n = GENERATE(1, 2, 130), k = GENERATE(0, 1, 5, 150);
  const RowMajor a = random_matrix(m, k), b = random_matrix(k, n), c = random_matrix(n, k),
                 before = random_matrix(m, n);
  RowMajor result = before;
  add_product(stored_rows(result), -2, stored_rows(a), stored_rows(b));
  CHECK((result - (before - 2 * a * b)).norm() < 1e-11);
  result = before;
  add_product_of_rows(stored_rows(result), 0.5, stored_rows(a), stored_rows(c));
  CHECK((result - (before + 0.5 * a * c.transpose())).norm() < 1e-11);
  CHECK((to_eigen(product(stored_rows(a), stored_rows(b))) - a * b).norm() < 1e-11);
  CHECK((to_eigen(product_of_rows(stored_rows(a), stored_rows(c))) - a * c.transpose()).norm() < 1e-11);
}

TEST_CASE("Products leave what lies beside a view alone") {
  const RowMajor a = random_matrix(7, 9), b = random_matrix(9, 11);
  RowMajor result = RowMajor::Zero(10, 10);
  add_product(stored_rows(result).row_range(2, 3).column_range(4, 5), 1, stored_rows(a).row_range(1, 3),
              stored_rows(b).column_range(6, 5));
  RowMajor expected = RowMajor::Zero(10, 10);
  expected.block(2, 4, 3, 5) = a.middleRows(1, 3) * b.middleCols(6, 5);
  CHECK((result - expected).norm() < 1e-13);
}

TEST_CASE("A column-major matrix is stored as its transpose") {
  const Eigen::MatrixXd matrix = random_matrix(3, 5);
  const MatrixView<const double> rows = stored_rows(matrix);
  CHECK(rows.rows == 5);
  CHECK(rows.columns == 3);
  CHECK(rows.row(4)[2] == matrix(2, 4));
}
