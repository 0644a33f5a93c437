// SPDX-License-Identifier: MIT
#include <utility>
#include <vector>

#include <Eigen/Dense>
#include <catch2/catch.hpp>
#include <support/golden_layer.hpp>
#include <support/random_layer.hpp>

#include <multipruner/sparsity/detail/removal_system.hpp>

using namespace multipruner;
using namespace multipruner::test;
using detail::BatchedCholesky;
using detail::RemovalOutcome;
using detail::RemovalSystem;

namespace {

/// Five weights, of which some are removed.
RemovalSystem::Row five_weights(std::vector<Index> removed, std::vector<Index> kept) {
  RemovalSystem::Row row;
  row.values = Eigen::VectorXd::LinSpaced(5, 1, 2);
  row.values(kept).setZero();
  row.removed = std::move(removed);
  row.kept = std::move(kept);
  return row;
}

RemovalSystem::Row solved(const RemovalSystem& system, RemovalSystem::Row row) {
  BatchedCholesky cholesky;
  system.solve({&row, 1}, cholesky);
  return row;
}

}  // namespace

TEST_CASE("Multipliers of removed weights, by either side") {
  const Eigen::MatrixXd hessian = RandomLayer(1, 5).gram;
  const Eigen::MatrixXd inverse = hessian.inverse();
  const RemovalSystem system(from_eigen(inverse), from_eigen(hessian));
  const auto expected = [&](const RemovalSystem::Row& row) {
    Eigen::VectorXd multipliers = Eigen::VectorXd::Zero(5);
    multipliers(row.removed) = inverse(row.removed, row.removed).inverse() * row.values(row.removed);
    return multipliers;
  };
  std::vector<RemovalSystem::Row> rows{five_weights({1, 3}, {0, 2, 4}), five_weights({0, 1, 3, 4}, {2}),
                                       five_weights({0, 1, 2, 3, 4}, {}), five_weights({}, {0, 1, 2, 3, 4}),
                                       five_weights({4}, {0, 1, 2, 3})};
  const std::vector<RemovalSystem::Row> before = rows;
  BatchedCholesky cholesky;
  system.solve(rows, cholesky);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    CHECK(rows[i].outcome == RemovalOutcome::solved);
    CHECK((rows[i].values - expected(before[i])).norm() <= 1e-10 * expected(before[i]).norm());
    CHECK(solved(system, before[i]).values == rows[i].values);  // whatever else is solved beside it
  }
}

TEST_CASE("Where the removed side fails, the kept side is solved; where that fails, too, nothing is made up for") {
  const Eigen::MatrixXd hessian = RandomLayer(1, 5).gram;
  const Eigen::MatrixXd inverse = hessian.inverse();
  const RemovalSystem system(from_eigen(inverse), from_eigen(hessian));
  const RemovalSystem indefinite_inverse(from_eigen(-inverse), from_eigen(hessian));
  const RemovalSystem hopeless(from_eigen(-inverse), from_eigen(-hessian));
  for (const auto& row : {five_weights({1, 3}, {0, 2, 4}), five_weights({2}, {0, 1, 3, 4})}) {
    const RemovalSystem::Row kept_side = solved(indefinite_inverse, row);
    CHECK(kept_side.outcome == RemovalOutcome::kept_side);
    CHECK(relative_error(kept_side.values, solved(system, row).values) < 1e-10);
    const RemovalSystem::Row zeroed = solved(hopeless, row);
    CHECK(zeroed.outcome == RemovalOutcome::zeroed);
    CHECK(zeroed.values.isZero(0));
  }
  CHECK(solved(hopeless, five_weights({0, 1, 3, 4}, {2})).outcome == RemovalOutcome::zeroed);
}
