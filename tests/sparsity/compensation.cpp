// SPDX-License-Identifier: MIT
// What the ways to compensate have to do with each other, and with the definition of what they minimise.
#include <Eigen/QR>
#include <catch2/catch.hpp>
#include <support/golden_layer.hpp>
#include <support/random_layer.hpp>

#include <multipruner/sparsity/blocked_compensation.hpp>
#include <multipruner/sparsity/conjugate_gradient_compensation.hpp>
#include <multipruner/sparsity/global_compensation.hpp>
#include <multipruner/sparsity/sequential_compensation.hpp>
#include <multipruner/sparsity/single_removal.hpp>

using namespace multipruner;
using namespace multipruner::test;

namespace {

/// A mask of random weights, about so many percent; the first row loses none of them and the second one all.
WeightMask random_mask(Index rows, Index columns, double percent) {
  NumpyRandom random(7);
  WeightMask mask(rows, columns);
  for (Index row = 1; row < rows; ++row) {
    for (Index j = 0; j < columns; ++j) {
      if (random.uniform() < percent / 100 || row == 1) mask.remove(row, j);
    }
  }
  return mask;
}

Eigen::VectorXd losses(const RowMajor& change, const Eigen::MatrixXd& hessian) {
  return 0.5 * (change * hessian).cwiseProduct(change).rowwise().sum();
}

/// The best weights for a mask, row by row: least squares with the kept columns of a root of the Hessian, by QR.
RowMajor best_weights(const RowMajor& weights, const WeightMask& mask, const Eigen::MatrixXd& hessian) {
  const Eigen::MatrixXd root = hessian.llt().matrixU();
  RowMajor best = RowMajor::Zero(weights.rows(), weights.cols());
  std::vector<Index> kept;
  for (Index row = 0; row < weights.rows(); ++row) {
    mask.kept_columns(row, 0, weights.cols(), kept);
    if (kept.empty()) continue;
    const Eigen::MatrixXd columns = root(Eigen::all, kept);
    best.row(row)(kept) = columns.householderQr().solve(root * weights.row(row).transpose()).transpose();
  }
  return best;
}

}  // namespace

TEST_CASE("Global compensation is the best there is for a mask") {
  const RandomLayer layer(12, 20);
  const DampedHessian hessian(layer.problem(), 0.01);
  const WeightMask mask = random_mask(12, 20, GENERATE(20.0, 50.0, 80.0));
  const CompensatedWeights global = GlobalCompensation{}(stored_rows(layer.weights), mask, hessian);
  CHECK(relative_error(global.weights, best_weights(layer.weights, mask, to_eigen(hessian.matrix()))) < 1e-10);
  CHECK(relative_error(global.row_loss, losses(to_eigen(global.weights) - layer.weights, to_eigen(hessian.matrix()))) <
        1e-10);
  CHECK(to_eigen(global.weights).row(0) == layer.weights.row(0));
  CHECK(to_eigen(global.weights).row(1).isZero(0));
}

TEST_CASE("Rows with the same mask share a factorisation and get what they would get alone") {
  const RandomLayer layer(6, 20);
  const DampedHessian hessian(layer.problem(), 0.01);
  WeightMask mask(6, 20);
  for (Index row = 0; row < 6; ++row) {
    for (Index j = 0; j < 20; j += row % 2 == 0 ? 3 : 2) mask.remove(row, j);
  }
  const CompensatedWeights global = GlobalCompensation{}(stored_rows(layer.weights), mask, hessian);
  CHECK(relative_error(global.weights, best_weights(layer.weights, mask, to_eigen(hessian.matrix()))) < 1e-10);
}

TEST_CASE("Global and sequential compensation are the extremes of blocked compensation") {
  const RandomLayer layer(12, 24);
  const DampedHessian hessian(layer.problem(), 0.01);
  const WeightMask mask = random_mask(12, 24, GENERATE(20.0, 50.0, 80.0));
  const auto compensate = [&](const auto& compensation) {
    return compensation(stored_rows(layer.weights), mask, hessian);
  };
  const CompensatedWeights global = compensate(GlobalCompensation{});
  const CompensatedWeights sequential = compensate(SequentialCompensation{});

  const CompensatedWeights whole = compensate(BlockedCompensation{.block = 24});
  CHECK(relative_error(whole.weights, global.weights) < 1e-10);
  CHECK(relative_error(whole.row_loss, global.row_loss) < 1e-10);
  const CompensatedWeights single = compensate(BlockedCompensation{.block = 1});
  CHECK(relative_error(single.weights, sequential.weights) < 1e-10);
  CHECK(relative_error(single.row_loss, sequential.row_loss) < 1e-10);

  for (const Index block : {1, 5, 8, 24, 100}) {
    const CompensatedWeights blocked = compensate(BlockedCompensation{block});
    CHECK(relative_error(blocked.row_loss,
                         losses(to_eigen(blocked.weights) - layer.weights, to_eigen(hessian.matrix()))) < 1e-10);
    CHECK(relative_error(compensate(SequentialCompensation{block}).weights, sequential.weights) < 1e-10);
    for (Index row = 0; row < 12; ++row)
      CHECK(to_eigen(blocked.row_loss)(row) >= to_eigen(global.row_loss)(row) * (1 - 1e-12));
  }
  for (Index row = 0; row < 12; ++row)
    CHECK(to_eigen(global.row_loss)(row) <= to_eigen(sequential.row_loss)(row) * (1 + 1e-12));
}

TEST_CASE("Conjugate gradients lower every row's loss towards the global one") {
  const RandomLayer layer(12, 24);
  const DampedHessian hessian(layer.problem(), 0.01);
  const WeightMask mask = random_mask(12, 24, 50);
  const CompensatedWeights global = GlobalCompensation{}(stored_rows(layer.weights), mask, hessian);
  Eigen::VectorXd before;
  for (int iterations = 0; iterations < 30; ++iterations) {
    const auto compensated =
        ConjugateGradientCompensation{iterations, 1e-12}(stored_rows(layer.weights), mask, hessian);
    CHECK(relative_error(compensated.row_loss,
                         losses(to_eigen(compensated.weights) - layer.weights, to_eigen(hessian.matrix()))) < 1e-10);
    for (Index row = 0; row < 12; ++row) {
      CHECK(to_eigen(compensated.row_loss)(row) >= to_eigen(global.row_loss)(row) * (1 - 1e-12));
      if (iterations > 0) CHECK(to_eigen(compensated.row_loss)(row) <= before(row) * (1 + 1e-12));
    }
    before = to_eigen(compensated.row_loss);
  }
  const auto converged = ConjugateGradientCompensation{100, 1e-12}(stored_rows(layer.weights), mask, hessian);
  CHECK(relative_error(converged.weights, global.weights) < 1e-10);
  CHECK(converged.unconverged_rows.empty());
  const auto none = ConjugateGradientCompensation{.iterations = 0}(stored_rows(layer.weights), mask, hessian);
  CHECK(none.unconverged_rows.size() == 10);  // the rows that lose nothing or everything are done
}

TEST_CASE("A row whose removed weights cannot be told apart is solved by its kept ones") {
  // Two inputs that are nearly the same: their block of the inverse Hessian is nearly singular.
  Eigen::MatrixXd gram = Eigen::MatrixXd::Identity(4, 4);
  gram(0, 0) = gram(1, 0) = gram(0, 1) = 1;
  gram(1, 1) = 1 + 1e-13;
  gram(2, 0) = gram(0, 2) = gram(2, 1) = gram(1, 2) = 0.25;
  const RowMajor weights = RowMajor::Constant(1, 4, 1);
  const DampedHessian hessian({.name = "twins", .weights = stored_rows(weights), .gram = stored_rows(gram)}, 0);
  REQUIRE(hessian.damping().increases == 0);
  WeightMask mask(1, 4);
  mask.remove(0, 0);
  mask.remove(0, 1);
  const CompensatedWeights global = GlobalCompensation{}(stored_rows(weights), mask, hessian);
  CHECK(global.kept_side_rows == std::vector<Index>{0});
  CHECK(global.zeroed_rows.empty());
  CHECK(relative_error(global.weights, (RowMajor(1, 4) << 0, 0, 1.5, 1).finished()) < 1e-10);
  CHECK(global.row_loss.front() == Approx(losses(to_eigen(global.weights) - weights, to_eigen(hessian.matrix()))(0)));
  const CompensatedWeights blocked = BlockedCompensation{}(stored_rows(weights), mask, hessian);
  CHECK(blocked.kept_side_rows == std::vector<Index>{0});
  CHECK(relative_error(blocked.weights, global.weights) < 1e-2);  // U, too, has few digits left
}
