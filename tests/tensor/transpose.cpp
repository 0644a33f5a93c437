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

TEST_CASE("Columns of a weight that do not fit are refused") {
  const std::vector<float> values(6);
  const WeightView view(values.data(), 2, 3);
  std::vector<std::byte> target(24);
  const auto expect = [&](Index first, Index count, std::size_t bytes, Index row_bytes) {
    CHECK_THROWS_AS(transpose_columns(view, first, count, std::span(target).first(bytes), row_bytes), OptionError);
  };
  expect(-1, 1, 24, 8);
  expect(0, -1, 24, 8);
  expect(1, 3, 24, 8);
  expect(0, 3, 23, 8);
  expect(0, 3, 24, 4);
  transpose_columns(view, 0, 3, target, 8);
}

TEST_CASE("The upper triangle is mirrored") {
  const Index n = GENERATE(0, 1, 63, 64, 65, 200);
  RowMajor matrix = random_matrix(n, n);
  const RowMajor expected = matrix.selfadjointView<Eigen::Upper>();
  mirror_upper_triangle(stored_rows(matrix));
  CHECK(matrix == expected);
}
