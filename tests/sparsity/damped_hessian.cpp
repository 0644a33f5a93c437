// SPDX-License-Identifier: MIT
#include <limits>

#include <Eigen/Dense>
#include <catch2/catch.hpp>
#include <support/expect_error.hpp>
#include <support/golden_layer.hpp>
#include <support/random_layer.hpp>

#include <multipruner/sparsity/damped_hessian.hpp>
#include <multipruner/sparsity/mrp.hpp>
#include <multipruner/sparsity/sparse_gpt.hpp>

using namespace multipruner;
using namespace multipruner::test;

TEST_CASE("The factor of the inverse Hessian") {
  const Index n = GENERATE(1, 5, 127, 128, 129, 300);
  const RandomLayer layer(1, n);
  LinearProblem problem = layer.problem();
  problem.sequences = 3;
  const DampedHessian hessian(problem, 0.02);

  Eigen::MatrixXd expected = layer.gram * (2.0 / 3);
  expected.diagonal().array() += 0.02 * expected.diagonal().mean();
  CHECK(relative_error(hessian.matrix(), expected) < 1e-14);
  CHECK(hessian.damping().relative == 0.02);
  CHECK(hessian.damping().absolute == Approx(0.02 * (layer.gram.diagonal() * (2.0 / 3)).mean()));

  const RowMajor factor = to_eigen(hessian.inverse_factor());
  CHECK(factor.isUpperTriangular(0));
  CHECK(relative_error(factor * expected * factor.transpose(), Eigen::MatrixXd::Identity(n, n)) < 1e-10);
  CHECK(relative_error(hessian.inverse(), expected.inverse()) < 1e-10);
  CHECK(relative_error(hessian.inverse_diagonal(), expected.inverse().diagonal()) < 1e-10);
  const Index part = n / 2;
  CHECK(relative_error(hessian.inverse_block(part, n - part),
                       expected.inverse().bottomRightCorner(n - part, n - part)) < 1e-10);
}

TEST_CASE("Dead inputs get a unit on the diagonal before the mean is taken, and lose their weights") {
  RandomLayer layer(2, 5);
  layer.gram.row(2).setZero();
  layer.gram.col(2).setZero();
  const DampedHessian hessian(layer.problem(), 0.5);
  CHECK(hessian.dead_inputs() == std::vector<Index>{2});
  CHECK(hessian.matrix().row(2)[2] == Approx(1 + 0.5 * (1 + 2 * layer.gram.trace()) / 5));
  CHECK(to_eigen(live_weights(layer.problem(), hessian)).col(2).isZero(0));
}

TEST_CASE("A singular Hessian without damping is damped until it can be factored, which the result tells") {
  const RandomLayer layer(4, 30, 10, 1);  // fewer tokens than inputs
  const DampedHessian hessian(layer.problem(), 0);
  CHECK(hessian.damping().increases == 1);
  CHECK(hessian.damping().relative == 1e-6);
  CHECK_FALSE(hessian.damping().clipped);
  CHECK(to_eigen(hessian.inverse_factor()).allFinite());
}

TEST_CASE("An indefinite Gram matrix is damped ten times as much again and again; then its eigenvalues are raised") {
  RandomLayer layer(3, 8);
  layer.gram.setIdentity();
  layer.gram(0, 1) = layer.gram(1, 0) = 50;
  const PrunedWeights damped = SparseGpt{}(layer.problem());
  CHECK(damped.damping.increases == 4);  // 1 + 0.01 · 10⁴ > 50
  CHECK(damped.damping.relative == Approx(100));
  CHECK(damped.damping.absolute == Approx(200));
  CHECK_FALSE(damped.damping.clipped);

  layer.gram(0, 1) = layer.gram(1, 0) = 1e5;
  const PrunedWeights clipped = Mrp{.compensation = GlobalCompensation{}}(layer.problem());
  CHECK(clipped.damping.increases == 5);
  CHECK(clipped.damping.clipped);
  CHECK(to_eigen(clipped.weights).allFinite());
  CHECK(to_eigen(clipped.row_loss).minCoeff() >= 0);
  const DampedHessian hessian(layer.problem(), 0.01);
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(to_eigen(hessian.matrix()));
  CHECK(solver.eigenvalues().minCoeff() > 0);
}

TEST_CASE("Inputs that are all dead leave nothing to compute with, and no error") {
  RandomLayer layer(3, 8);
  layer.gram.setZero();
  const PrunedWeights pruned = Mrp{}(layer.problem());
  CHECK(pruned.dead_inputs.size() == 8);
  CHECK(to_eigen(pruned.weights).isZero(0));
  CHECK(to_eigen(pruned.row_loss).isZero(0));
}

TEST_CASE("A Gram matrix that cannot be one is refused by the name of its layer") {
  RandomLayer layer(3, 8);
  layer.gram(4, 1) = std::numeric_limits<double>::quiet_NaN();
  expect_error<DataError>([&] { DampedHessian(layer.problem(), 0.01); }, {"layer", "Gram", "NaN"});
  layer = RandomLayer(3, 8);
  LinearProblem problem = layer.problem();
  problem.sequences = 0;
  expect_error<DataError>([&] { DampedHessian(problem, 0.01); }, {"layer", "0 sequences"});
  expect_error<OptionError>([&] { DampedHessian(layer.problem(), std::numeric_limits<double>::infinity()); },
                            {"damping", "inf"});
}
