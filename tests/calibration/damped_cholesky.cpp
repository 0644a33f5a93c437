// SPDX-License-Identifier: MIT
#include <limits>

#include <catch2/catch.hpp>
#include <support/expect_error.hpp>
#include <support/golden_tensors.hpp>

#include <multipruner/calibration/damped_cholesky.hpp>

using namespace multipruner;
using namespace multipruner::test;

TEST_CASE("the inverse is that of the damped matrix") {
  const Eigen::MatrixXd gram = GoldenTensors("structured").matrix("G");
  const DampedCholesky factor = damped_cholesky(stored_rows(gram));
  CHECK(factor.damping.increases == 0);
  CHECK_FALSE(factor.damping.clipped);
  CHECK(factor.damping.absolute == Approx(0.01 * gram.diagonal().mean()).epsilon(1e-14));
  Eigen::MatrixXd damped = gram;
  damped.diagonal().array() += factor.damping.absolute;
  CHECK(close(to_eigen(factor.upper).transpose() * to_eigen(factor.upper), damped, 1e-13));
  CHECK(to_eigen(factor.upper).isUpperTriangular());
  CHECK(close(to_eigen(inverse(factor)) * damped, Eigen::MatrixXd::Identity(64, 64), 1e-10));
}

TEST_CASE("inverses of more columns than a task has") {
  const Eigen::MatrixXd x = Eigen::MatrixXd::NullaryExpr(
      150, 300, [](Index i, Index j) { return static_cast<double>((i * 31 + j * 17 + i * j) % 101) / 101 - 0.5; });
  const DampedCholesky factor = damped_cholesky(from_eigen(x * x.transpose()).view());
  const Eigen::MatrixXd result = to_eigen(inverse(factor));
  CHECK(result == result.transpose());
  for (const Index width : {1, 3, 50, 75, 150}) {
    const Eigen::MatrixXd blocks = to_eigen(inverse_diagonal_blocks(factor, width));
    for (Index first = 0; first < 150; first += width) {
      CHECK(close(blocks.middleCols(first, width), result.block(first, first, width, width), 1e-10));
    }
  }
  CHECK(close(result * (to_eigen(factor.upper).transpose() * to_eigen(factor.upper)),
              Eigen::MatrixXd::Identity(150, 150), 1e-9));
}

TEST_CASE("a matrix that is not positive definite is damped more") {
  Eigen::MatrixXd gram(2, 2);
  gram << 1, 1.05, 1.05, 1;  // eigenvalues −0.05 and 2.05
  const DampedCholesky factor = damped_cholesky(stored_rows(gram), 0.01);
  CHECK(factor.damping.increases == 1);
  CHECK(factor.damping.absolute == Approx(0.1));
  CHECK_FALSE(factor.damping.clipped);
}

TEST_CASE("at last eigenvalues are clipped") {
  Eigen::MatrixXd gram(2, 2);
  gram << 1, 1e7, 1e7, 1;
  const DampedCholesky factor = damped_cholesky(stored_rows(gram), 0.01);
  CHECK(factor.damping.increases == 5);
  CHECK(factor.damping.clipped);
  CHECK(to_eigen(factor.upper).allFinite());
  CHECK(to_eigen(factor.upper).diagonal().minCoeff() > 0);
}

TEST_CASE("no ridge is possible, and a matrix of zeros") {
  CHECK(damped_cholesky(from_eigen(Eigen::MatrixXd::Identity(3, 3)).view(), 0).damping.absolute == 0);
  CHECK(to_eigen(damped_cholesky(zero_matrix(3, 3).view()).upper) == Eigen::MatrixXd::Identity(3, 3));
  CHECK(damped_cholesky({}).upper.rows() == 0);
  Eigen::MatrixXd singular = Eigen::MatrixXd::Ones(2, 2);
  CHECK(to_eigen(damped_cholesky(stored_rows(singular), 0).upper).allFinite());
}

TEST_CASE("damping refuses what cannot be damped") {
  Eigen::MatrixXd gram = Eigen::MatrixXd::Identity(2, 2);
  expect_error<OptionError>([&] { (void)damped_cholesky(stored_rows(gram), -1); }, {"ridge"});
  gram(1, 0) = std::numeric_limits<double>::quiet_NaN();
  expect_error<DataError>([&] { (void)damped_cholesky(stored_rows(gram)); }, {"not finite"});
  expect_error<DataError>([] { (void)damped_cholesky(zero_matrix(2, 3).view()); }, {"not square"});
}

TEST_CASE("a matrix that has no factor even at last is refused, not answered with what was left in memory") {
  const Eigen::MatrixXd huge = Eigen::MatrixXd::Constant(3, 3, 1e308);  // sums of its rows are infinite
  expect_error<DataError>([&] { (void)cholesky_with_damping(stored_rows(huge), 0); },
                          {"Gram matrix", "no Cholesky factor"});
  expect_error<DataError>([&] { (void)damped_cholesky(stored_rows(huge), 0.01); }, {"Gram matrix"});
  const double infinity = std::numeric_limits<double>::infinity();
  expect_error<OptionError>(
      [&] { (void)cholesky_with_damping(from_eigen(Eigen::MatrixXd::Identity(2, 2)).view(), infinity); }, {"damping"});
}

TEST_CASE("blocks of an inverse are of widths that divide it") {
  const DampedCholesky factor = damped_cholesky(from_eigen(Eigen::MatrixXd::Identity(6, 6)).view());
  for (const Index width : {Index{0}, Index{-2}, Index{4}, Index{12}}) {
    expect_error<OptionError>([&] { (void)inverse_diagonal_blocks(factor, width); }, {"blocks of an inverse"});
  }
}
