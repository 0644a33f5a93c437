// SPDX-License-Identifier: MIT
#include <catch2/catch.hpp>
#include <support/expect_error.hpp>
#include <support/golden_tensors.hpp>

#include <multipruner/calibration/covariance.hpp>
#include <multipruner/calibration/gram.hpp>

using namespace multipruner;
using namespace multipruner::test;

TEST_CASE("the Gram matrix of streamed rows is the oracle's, as well as float32 sums of a window allow") {
  const GoldenTensors golden("gram");
  const Matrix<float> x = golden.tokens("X");
  Gram gram(x.columns());
  for (Index window = 0; window < 4; ++window) gram.add(x.view().row_range(window * 48, 48));
  CHECK(gram.count() == 192);
  expect_error<OptionError>([&] { (void)gram.matrix(); }, {"one triangle"});
  gram.complete();
  const RowMajor found = to_eigen(gram.matrix());
  CHECK(found == found.transpose());
  const Eigen::MatrixXd expected = golden.matrix("G");
  // No entry is wrong by more than a part of the norms of its columns.
  const Eigen::VectorXd norms = expected.diagonal().cwiseSqrt();
  const Eigen::MatrixXd scale = norms * norms.transpose();
  CHECK((found - expected).cwiseQuotient(scale).cwiseAbs().maxCoeff() < 3e-7);
}

TEST_CASE("triangles of every size are mirrored") {
  const Index size = GENERATE(1, 63, 64, 65, 130);
  Matrix<float> x(3, size);
  for (Index i = 0; i < 3 * size; ++i) x.view().data[i] = static_cast<float>(i * i % 17) - 8;
  Gram gram(size);
  gram.add(x.view());
  gram.complete();
  for (Index i = 0; i < size; ++i) {
    for (Index j = 0; j < size; ++j) {
      double sum = 0;
      for (Index row = 0; row < 3; ++row) sum += static_cast<double>(x.view().row(row)[i] * x.view().row(row)[j]);
      REQUIRE(gram.matrix().row(i)[j] == sum);
    }
  }
}

TEST_CASE("cross_gram has the columns of a as rows and those of b as columns") {
  const std::vector<float> a{1, 2, 3, 4}, b{1, 0, 2, 0, 1, 3};
  Eigen::MatrixXd expected(2, 3);
  expected << 1, 3, 11, 2, 4, 16;
  CHECK(to_eigen(cross_gram({a.data(), 2, 2}, {b.data(), 2, 3})) == expected);
}

TEST_CASE("the covariance is the oracle's, divided by all rows") {
  const GoldenTensors golden("gram");
  const Matrix<float> x = golden.tokens("X");
  ColumnMoments moments(x.columns());
  moments.add(x.view());
  const Eigen::MatrixXd expected = golden.matrix("covariance_unbiased") * (191.0 / 192);
  CHECK(close(to_eigen(covariance(Gram(192, from_eigen(golden.matrix("G"))), moments)), expected, 1e-12));
  expect_error<OptionError>([&] { (void)covariance(Gram(191, from_eigen(golden.matrix("G"))), moments); },
                            {"191", "192"});
}
