// SPDX-License-Identifier: MIT
#include <vector>

#include <Eigen/Cholesky>
#include <catch2/catch.hpp>
#include <support/expect_error.hpp>
#include <support/random_layer.hpp>

#include <multipruner/core/parallel.hpp>
#include <multipruner/sparsity/masked_solve.hpp>

using namespace multipruner;
using namespace multipruner::test;

namespace {

WeightMask random_mask(Index rows, Index columns, double share) {
  NumpyRandom random(11);
  WeightMask mask(rows, columns);
  for (Index row = 0; row < rows; ++row) {
    for (Index j = 0; j < columns; ++j) {
      if (random.uniform() < share) mask.remove(row, j);
    }
  }
  return mask;
}

/// Row by row, each by a factorisation of its own.
RowMajor solved_directly(const RowMajor& right, const WeightMask& mask, const Eigen::MatrixXd& hessian) {
  RowMajor solution = RowMajor::Zero(right.rows(), right.cols());
  for (Index row = 0; row < right.rows(); ++row) {
    std::vector<Index> kept;
    mask.kept_columns(row, 0, mask.columns(), kept);
    if (kept.empty()) continue;
    const Eigen::MatrixXd part = hessian(kept, kept);
    const Eigen::VectorXd target = right.row(row)(kept).transpose();
    const Eigen::VectorXd found = part.llt().solve(target);
    for (std::size_t i = 0; i < kept.size(); ++i) solution(row, kept[i]) = found(static_cast<Index>(i));
  }
  return solution;
}

}  // namespace

TEST_CASE("rows under a mask are solved as each by a factorisation of its own") {
  for (const double share : {0.0, 0.1, 0.5, 0.9}) {
    const RandomLayer layer(150, 48);  // more than a tile of rows
    const WeightMask mask = random_mask(150, 48, share);
    RowMajor solution = layer.weights;
    const MaskedSolveOutcome outcome = solve_masked_rows(stored_rows(solution), mask, stored_rows(layer.gram));
    const RowMajor expected = solved_directly(layer.weights, mask, layer.gram);
    CAPTURE(share, outcome.iterations);
    CHECK((solution - expected).norm() < 1e-5 * expected.norm());
    CHECK(outcome.unconverged_rows == 0);
    CHECK(outcome.iterations > 0);
    for (Index row = 0; row < 150; ++row) {
      for (Index j = 0; j < 48; ++j) {
        if (mask.removed(row, j)) CHECK(solution(row, j) == 0);
      }
    }
  }
}

TEST_CASE("an iteration that is cut off says which rows it left, and is nearer to the solution than zero") {
  const RandomLayer layer(9, 40);
  const WeightMask mask = random_mask(9, 40, 0.5);
  const auto cost = [&](const RowMajor& x) {
    return 0.5 * (x * layer.gram).cwiseProduct(x).sum() - x.cwiseProduct(layer.weights).sum();
  };
  double before = 0;
  for (const int iterations : {1, 2, 4, 8}) {
    RowMajor solution = layer.weights;
    const MaskedSolveOutcome outcome =
        solve_masked_rows(stored_rows(solution), mask, stored_rows(layer.gram), {.iterations = iterations});
    CHECK(outcome.iterations == iterations);
    CHECK(outcome.unconverged_rows > 0);
    CHECK(cost(solution) < before);
    before = cost(solution);
  }
  CHECK(before > cost(solved_directly(layer.weights, mask, layer.gram)));
}

TEST_CASE("what a matrix is zero for stays zero, and an empty row of the mask, too") {
  RandomLayer layer(4, 12);
  layer.gram.row(5).setZero();
  layer.gram.col(5).setZero();
  WeightMask mask = random_mask(4, 12, 0.3);
  for (Index j = 0; j < 12; ++j) mask.remove(2, j);
  RowMajor solution = layer.weights;
  const MaskedSolveOutcome outcome = solve_masked_rows(stored_rows(solution), mask, stored_rows(layer.gram));
  CHECK(solution.allFinite());
  CHECK(solution.col(5).isZero(0));
  CHECK(solution.row(2).isZero(0));
  CHECK(outcome.unconverged_rows == 0);
  RowMajor nothing = layer.weights;
  CHECK(solve_masked_rows(stored_rows(nothing), mask, zero_matrix(12, 12).view()).iterations == 0);
  CHECK(nothing.isZero(0));
}

TEST_CASE("rows have the same bits for any number of threads") {
  const RandomLayer layer(300, 32);
  const WeightMask mask = random_mask(300, 32, 0.5);
  const auto solved = [&](int threads) {
    ThreadArena arena(threads);
    return arena.execute([&] {
      RowMajor solution = layer.weights;
      (void)solve_masked_rows(stored_rows(solution), mask, stored_rows(layer.gram));
      return solution;
    });
  };
  CHECK(solved(1) == solved(4));
}

TEST_CASE("systems that do not fit together, and are not finite, are refused by name") {
  const RandomLayer layer(3, 8);
  RowMajor right = layer.weights;
  const auto solve = [&](const WeightMask& mask, const Eigen::MatrixXd& matrix, MaskedSolveOptions options = {}) {
    (void)solve_masked_rows(stored_rows(right), mask, from_eigen(matrix).view(), options);
  };
  expect_error<OptionError>([&] { solve(WeightMask(3, 7), layer.gram); }, {"3 × 7", "3 × 8"});
  expect_error<OptionError>([&] { solve(WeightMask(3, 8), Eigen::MatrixXd::Zero(7, 8)); }, {"7 × 8"});
  expect_error<OptionError>([&] { solve(WeightMask(3, 8), layer.gram, {.iterations = -1}); }, {"-1"});
  expect_error<OptionError>([&] { solve(WeightMask(3, 8), layer.gram, {.tolerance = NAN}); }, {"nan"});
  Eigen::MatrixXd broken = layer.gram;
  broken(2, 2) = NAN;
  expect_error<DataError>([&] { solve(WeightMask(3, 8), broken); }, {"not finite"});
  CHECK(right == layer.weights);
}
