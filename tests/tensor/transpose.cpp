// SPDX-License-Identifier: MIT
#include <catch2/catch.hpp>
#include <support/random_matrix.hpp>

#include <multipruner/tensor/products.hpp>
#include <multipruner/tensor/transpose.hpp>

using namespace multipruner;
using namespace multipruner::test;

TEST_CASE("Transposed copies, also of parts") {
  const Index rows = GENERATE(1, 15, 16, 40), columns = GENERATE(1, 17, 33);
  const RowMajor matrix = random_matrix(rows, columns);
  CHECK(to_eigen(transposed(stored_rows(matrix))) == matrix.transpose());
  RowMajor target = RowMajor::Zero(columns + 2, rows + 3);
  transpose(stored_rows(matrix), stored_rows(target).row_range(1, columns).column_range(2, rows));
  RowMajor expected = RowMajor::Zero(columns + 2, rows + 3);
  expected.block(1, 2, columns, rows) = matrix.transpose();
  CHECK(target == expected);
}

TEST_CASE("The upper triangle is mirrored") {
  const Index n = GENERATE(0, 1, 63, 64, 65, 200);
  RowMajor matrix = random_matrix(n, n);
  const RowMajor expected = matrix.selfadjointView<Eigen::Upper>();
  mirror_upper_triangle(stored_rows(matrix));
  CHECK(matrix == expected);
}
