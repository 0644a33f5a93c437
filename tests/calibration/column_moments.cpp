// SPDX-License-Identifier: MIT
#include <algorithm>

#include <catch2/catch.hpp>
#include <support/expect_error.hpp>
#include <support/golden_tensors.hpp>

#include <multipruner/calibration/column_moments.hpp>
#include <multipruner/core/parallel.hpp>

using namespace multipruner;
using namespace multipruner::test;

TEST_CASE("moments of columns are those of the oracle, in any parts") {
  const GoldenTensors golden("gram");
  const Matrix<float> x = golden.tokens("X");
  const Index part = GENERATE(1, 48, 100, 192);
  ColumnMoments moments(x.columns());
  for (Index row = 0; row < x.rows(); row += part) {
    moments.add(x.view().row_range(row, std::min(part, x.rows() - row)));
  }
  CHECK(moments.count() == 192);
  CHECK(close(moments.norms(), golden.doubles("column_norm"), 1e-13));
  CHECK(close(moments.mean(), golden.doubles("mean"), 1e-13));
  CHECK(close(moments.variances(), golden.doubles("variance_unbiased"), 1e-13));
}

TEST_CASE("a large mean costs a variance no digits") {
  const std::vector<float> x{1e6f + 1, 1e6f + 2, 1e6f + 3, 1e6f + 6};
  ColumnMoments moments(1);
  moments.add({x.data(), 1, 1});
  moments.add({x.data() + 1, 3, 1});
  CHECK(moments.variances()[0] == Approx(14.0 / 3).epsilon(1e-9));
}

TEST_CASE("one row, or none, has no variance") {
  const float x = 3;
  ColumnMoments moments(1);
  CHECK(moments.variances()[0] == 0);
  moments.add({&x, 1, 1});
  CHECK(moments.variances()[0] == 0);
  CHECK(moments.mean()[0] == 3);
  moments.add({&x, 0, 1});
  CHECK(moments.count() == 1);
}

TEST_CASE("moments refuse rows of another width") {
  const float x[2] = {1, 2};
  ColumnMoments moments(1);
  expect_error<OptionError>([&] { moments.add({x, 1, 2}); }, {"2 columns, not 1"});
  expect_error<DataError>([] { ColumnMoments(1, {0.0}, {0.0}, {}); }, {"column moments"});
}
