// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cstddef>
#include <limits>
#include <vector>

#include <catch2/catch.hpp>
#include <support/random_matrix.hpp>

#include <multipruner/tensor/all_finite.hpp>
#include <multipruner/tensor/diagonal.hpp>
#include <multipruner/tensor/dot.hpp>
#include <multipruner/tensor/select.hpp>

using namespace multipruner;
using namespace multipruner::test;

TEST_CASE("Rows and columns that are selected, in the order that is asked for") {
  const RowMajor matrix = random_matrix(5, 7);
  const MatrixView<const double> part = stored_rows(matrix).column_range(1, 6);
  const std::vector<Index> rows{4, 0, 4}, columns{5, 2};
  const RowMajor expected = matrix.rightCols(6);
  CHECK(to_eigen(select(part, rows, columns)) == expected(rows, columns));
  CHECK(to_eigen(select_rows(part, rows)) == expected(rows, Eigen::all));
  CHECK(to_eigen(select_columns(part, columns)) == expected(Eigen::all, columns));
  CHECK(select_columns(part, {}).columns() == 0);
}

TEST_CASE("Copies of views and matrices of zeros") {
  const RowMajor matrix = random_matrix(5, 7);
  CHECK(to_eigen(copied(stored_rows(matrix).row_range(1, 3).column_range(2, 4))) == matrix.block(1, 2, 3, 4));
  CHECK(to_eigen(zero_matrix(3, 2)) == RowMajor::Zero(3, 2));
}

TEST_CASE("The diagonal of a matrix") {
  RowMajor matrix = random_matrix(4, 4);
  CHECK(mean_of_diagonal(stored_rows(matrix)) == Approx(matrix.diagonal().mean()));
  const RowMajor expected = matrix + 0.5 * RowMajor::Identity(4, 4);
  add_to_diagonal(stored_rows(matrix), 0.5);
  CHECK(matrix == expected);
}

TEST_CASE("Sums of products have the same bits wherever the values lie") {
  const RowMajor values = random_matrix(2, 109);
  const double* const a = values.data();
  const double* const b = a + 109;
  const double product = dot(a, b, 101), square = squared_norm(a, 101);
  CHECK(product == Approx(values.row(0).head(101).dot(values.row(1).head(101))));
  CHECK(square == Approx(values.row(0).head(101).squaredNorm()));
  std::vector<double> moved(120), others(120);
  for (std::ptrdiff_t first = 0; first < 8; ++first) {
    std::copy_n(a, 101, moved.begin() + first);
    std::copy_n(b, 101, others.begin() + 2 * first);
    CHECK(dot(moved.data() + first, others.data() + 2 * first, 101) == product);
    CHECK(squared_norm(moved.data() + first, 101) == square);
  }
}

TEST_CASE("A matrix with NaN or infinity is not finite, whatever lies beside it") {
  RowMajor matrix = random_matrix(6, 6);
  matrix(2, 3) = GENERATE(std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity());
  CHECK_FALSE(all_finite(stored_rows(matrix)));
  CHECK(all_finite(stored_rows(matrix).column_range(4, 2)));
  CHECK(all_finite({}));
}
