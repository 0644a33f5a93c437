// SPDX-License-Identifier: MIT
#include <numeric>
#include <vector>

#include <Eigen/Cholesky>
#include <catch2/catch.hpp>
#include <support/expect_error.hpp>
#include <support/masked_model.hpp>
#include <support/random_layer.hpp>

#include <multipruner/compensation/masked_ridge_columns.hpp>
#include <multipruner/compensation/ridge_columns.hpp>

using namespace multipruner;
using namespace multipruner::test;

namespace {

struct MaskedLayer {
  explicit MaskedLayer(NOfM pattern) : layer(20, 32), mask(magnitude_mask(layer.weights, pattern)) {
    remove_masked(stored_rows(layer.weights), mask);
  }

  RandomLayer layer;
  WeightMask mask;
};

/// One row in closed form: w_S + w_rest G_rest,S (G_SS + λI)⁻¹ with the columns S that are kept and not masked.
Eigen::VectorXd solved_row(const MaskedLayer& given, Index row, const std::vector<Index>& kept, double damping) {
  std::vector<Index> support;
  for (const Index column : kept) {
    if (!given.mask.removed(row, column)) support.push_back(column);
  }
  Eigen::VectorXd result = Eigen::VectorXd::Zero(32);
  Eigen::MatrixXd damped = given.layer.gram;
  damped.diagonal().array() += damping;
  const Eigen::VectorXd weight = given.layer.weights.row(row).transpose();
  const Eigen::MatrixXd part = damped(support, support);
  const Eigen::VectorXd target = (damped * weight)(support);
  const Eigen::VectorXd found = part.llt().solve(target);
  for (std::size_t i = 0; i < support.size(); ++i) result(support[i]) = found(static_cast<Index>(i));
  return result(kept);
}

}  // namespace

TEST_CASE("columns under a mask are the least squares of each row on its own columns") {
  const std::vector<Index> kept{0, 1, 2, 3, 8, 9, 10, 11, 12, 13, 14, 15, 20, 21, 22, 23, 30};
  for (const NOfM pattern : {NOfM{2, 4}, NOfM{16, 32}, NOfM{3, 4}}) {
    const MaskedLayer given(pattern);
    const MaskedRidgeColumns result =
        masked_ridge_columns(stored_rows(given.layer.weights), given.mask, stored_rows(given.layer.gram), kept, 0.02);
    CHECK(result.damping == Approx(0.02 * given.layer.gram.diagonal().mean()));
    CHECK(result.outcome.unconverged_rows == 0);
    const RowMajor weight = to_eigen(result.weight);
    for (Index row = 0; row < 20; ++row) {
      const Eigen::VectorXd expected = solved_row(given, row, kept, result.damping);
      CHECK((weight.row(row).transpose() - expected).norm() < 1e-5 * expected.norm());
      for (std::size_t j = 0; j < kept.size(); ++j) {
        if (given.mask.removed(row, kept[j])) CHECK(weight(row, static_cast<Index>(j)) == 0);
      }
    }
  }
}

TEST_CASE("without a mask they are those of ridge_columns") {
  const RandomLayer layer(20, 32);
  std::vector<Index> kept(19);
  std::iota(kept.begin(), kept.end(), Index{5});
  const RidgeColumns expected = ridge_columns(stored_rows(layer.weights), stored_rows(layer.gram), kept, 0.01);
  const MaskedRidgeColumns found =
      masked_ridge_columns(stored_rows(layer.weights), WeightMask(20, 32), stored_rows(layer.gram), kept, 0.01);
  CHECK((to_eigen(found.weight) - to_eigen(expected.weight)).norm() < 1e-5 * to_eigen(expected.weight).norm());
  CHECK(found.damping == Approx(expected.damping.absolute));
}

TEST_CASE("a mask of another weight and columns in disorder are refused") {
  const MaskedLayer given({2, 4});
  const auto solve = [&](const WeightMask& mask, const std::vector<Index>& kept) {
    (void)masked_ridge_columns(stored_rows(given.layer.weights), mask, stored_rows(given.layer.gram), kept);
  };
  expect_error<OptionError>([&] { solve(WeightMask(20, 31), {0, 1}); }, {"20 × 31", "20 × 32"});
  expect_error<OptionError>([&] { solve(given.mask, {1, 0}); }, {"ascend"});
  expect_error<OptionError>(
      [&] {
        (void)masked_ridge_columns(stored_rows(given.layer.weights), given.mask, zero_matrix(3, 3).view(),
                                   std::vector<Index>{0});
      },
      {"Gram matrix"});
}
