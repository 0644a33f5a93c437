// SPDX-License-Identifier: MIT
#include <Eigen/Eigenvalues>
#include <catch2/catch.hpp>
#include <support/random_matrix.hpp>

#include <multipruner/tensor/products.hpp>
#include <multipruner/tensor/raise_eigenvalues.hpp>

using namespace multipruner;
using namespace multipruner::test;

namespace {

/// With the given eigenvalues, and eigenvectors that depend on nothing else than their number.
Eigen::MatrixXd with_eigenvalues(const Eigen::VectorXd& values) {
  const Eigen::MatrixXd random = random_matrix(values.size(), values.size());
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(random + random.transpose());
  return solver.eigenvectors() * values.asDiagonal() * solver.eigenvectors().transpose();
}

}  // namespace

TEST_CASE("Eigenvalues below the floor are raised to it, and the others stay") {
  const Index n = GENERATE(1, 2, 9, 140);
  Eigen::VectorXd values = Eigen::VectorXd::LinSpaced(n, -3, 5);
  if (n > 4) values.head(4) << -1e4, 1e-9, 2e-3, 0;  // large, just above and below, and nothing
  const double floor = 1e-3;
  Eigen::MatrixXd raised = with_eigenvalues(values);
  const Eigen::MatrixXd expected = with_eigenvalues(values.cwiseMax(floor));
  raise_eigenvalues(stored_rows(raised), floor);
  CHECK((raised - expected).norm() <= 1e-11 * values.cwiseAbs().maxCoeff());
  CHECK(raised == raised.transpose());
  CHECK(Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>(raised).eigenvalues().minCoeff() > 0.999 * floor);
}

TEST_CASE("Raising the eigenvalues of nothing, of the floor itself, and of what has one far below the others") {
  Eigen::MatrixXd zero = Eigen::MatrixXd::Zero(3, 3);
  raise_eigenvalues(stored_rows(zero), 1e-300);
  CHECK(zero == 1e-300 * Eigen::MatrixXd::Identity(3, 3));
  Eigen::MatrixXd floor = 2 * Eigen::MatrixXd::Identity(3, 3);
  raise_eigenvalues(stored_rows(floor), 2);
  CHECK(floor == 2 * Eigen::MatrixXd::Identity(3, 3));
  Eigen::MatrixXd indefinite = with_eigenvalues(Eigen::Vector3d(1, 1e-6, -1e-6));
  raise_eigenvalues(stored_rows(indefinite), 1e-8);
  CHECK((indefinite - with_eigenvalues(Eigen::Vector3d(1, 1e-6, 1e-8))).norm() < 1e-13);
}

TEST_CASE("The sum of a row bounds the eigenvalues") {
  Eigen::Matrix2d matrix;
  matrix << 1, -4, -4, 2;
  CHECK(row_sum_norm(stored_rows(matrix)) == 6);
}
