// SPDX-License-Identifier: MIT
#include <bit>

#include <catch2/catch.hpp>
#include <support/golden_layer.hpp>
#include <support/random_layer.hpp>

#include <multipruner/sparsity/global_compensation.hpp>
#include <multipruner/sparsity/multiple_removal.hpp>
#include <multipruner/sparsity/sparsity.hpp>

using namespace multipruner;
using namespace multipruner::test;

TEST_CASE("Masks by multiple removal have the lowest cost of all masks of a group") {
  const auto [removed, group] = GENERATE(table<Index, Index>({{2, 4}, {1, 4}, {4, 8}, {3, 5}, {0, 4}, {4, 4}}));
  const Index rows = 10;
  const RandomLayer layer(rows, group);  // a single group, so that nothing else compensates
  const DampedHessian hessian(layer.problem(), 0.01);
  const WeightMask mask = MultipleRemoval{{removed, group}}(stored_rows(layer.weights), hessian);
  const Eigen::VectorXd chosen = to_eigen(GlobalCompensation{}(stored_rows(layer.weights), mask, hessian).row_loss);
  for (unsigned bits = 0; bits < 1u << group; ++bits) {
    if (std::popcount(bits) != removed) continue;
    WeightMask other(rows, group);
    for (Index j = 0; j < group; ++j) {
      for (Index row = 0; row < rows && (bits >> j & 1) != 0; ++row) other.remove(row, j);
    }
    const Eigen::VectorXd loss = to_eigen(GlobalCompensation{}(stored_rows(layer.weights), other, hessian).row_loss);
    for (Index row = 0; row < rows; ++row) CHECK(chosen(row) <= loss(row) * (1 + 1e-12));
  }
}

TEST_CASE("Masks by multiple removal follow the pattern, also where groups cross words of the mask") {
  const RandomLayer layer(7, 150);
  const DampedHessian hessian(layer.problem(), 0.01);
  const NOfM pattern = GENERATE(NOfM{2, 6}, NOfM{3, 5}, NOfM{1, 3});
  const WeightMask mask = MultipleRemoval{pattern}(stored_rows(layer.weights), hessian);
  CHECK(satisfies(mask, pattern));
  CHECK(mask.count() == 7 * 150 * pattern.removed / pattern.group);
}

TEST_CASE("Of subsets that cost the same, the first in lexicographic order is removed") {
  const RowMajor weights = RowMajor::Ones(1, 8);
  const Eigen::MatrixXd gram = Eigen::MatrixXd::Identity(8, 8);
  const DampedHessian hessian({.name = "ties", .weights = stored_rows(weights), .gram = stored_rows(gram)}, 0);
  const WeightMask mask = MultipleRemoval{{2, 4}}(stored_rows(weights), hessian);
  for (Index j = 0; j < 8; ++j) CHECK(mask.removed(0, j) == (j % 4 < 2));
}
