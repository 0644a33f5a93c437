// SPDX-License-Identifier: MIT
#include <limits>

#include <catch2/catch.hpp>
#include <support/expect_error.hpp>
#include <support/golden_layer.hpp>
#include <support/random_layer.hpp>

#include <multipruner/sparsity/output_loss.hpp>
#include <multipruner/sparsity/sparsity.hpp>
#include <multipruner/sparsity/wanda_mask.hpp>

using namespace multipruner;
using namespace multipruner::test;

TEST_CASE("Wanda removes what the oracle removes") {
  const GoldenLayer golden("wanda");
  const RowMajor inputs = golden.matrix("X");
  const RowMajor weights = golden.matrix("W");
  const Eigen::MatrixXd gram = inputs * inputs.transpose();
  const LinearProblem problem{
      .name = "golden", .weights = stored_rows(weights), .gram = stored_rows(gram), .sequences = 4};

  const auto [name, pattern] = GENERATE(table<const char*, SparsityPattern>({{"mask_0.5", Unstructured{50}},
                                                                             {"mask_0.37", Unstructured{37}},
                                                                             {"mask_2_4", NOfM{2, 4}},
                                                                             {"mask_4_8", NOfM{4, 8}}}));
  const PrunedWeights pruned = WandaMask{pattern}(problem);
  CHECK(pruned.mask == golden.mask(name));
  CHECK(satisfies(pruned.mask, pattern));
  CHECK(pruned.row_loss.empty());
  const RowMajor found = to_eigen(pruned.weights);
  for (Index row = 0; row < weights.rows(); ++row) {
    for (Index j = 0; j < weights.cols(); ++j) {
      CHECK(found(row, j) == (pruned.mask.removed(row, j) ? 0 : weights(row, j)));
    }
  }
  const Eigen::VectorXd error = ((found - weights) * inputs).rowwise().squaredNorm();
  CHECK(relative_error(4 * to_eigen(output_loss(problem, pruned.weights.view())), error) < 1e-12);
}

TEST_CASE("Of equal scores, Wanda removes the first") {
  const GoldenLayer golden("wanda");
  const RowMajor weights = golden.matrix("ties_W");
  const Eigen::MatrixXd gram = Eigen::MatrixXd::Identity(8, 8);
  const LinearProblem problem{.name = "ties", .weights = stored_rows(weights), .gram = stored_rows(gram)};
  CHECK(WandaMask{Unstructured{50}}(problem).mask == golden.mask("ties_mask_0.5"));
  CHECK(WandaMask{NOfM{2, 4}}(problem).mask == golden.mask("ties_mask_2_4"));
}

TEST_CASE("Wanda weighs weights with the norms of their inputs") {
  RowMajor weights(1, 4);
  weights << 1, -3, 0.5, 2;
  const Eigen::MatrixXd gram = Eigen::Vector4d(16, 1, 64, 1).asDiagonal();
  const PrunedWeights pruned =
      WandaMask{NOfM{2, 4}}({.name = "example", .weights = stored_rows(weights), .gram = stored_rows(gram)});
  CHECK(to_eigen(pruned.weights) == (RowMajor(1, 4) << 1, 0, 0.5, 0).finished());
}

TEST_CASE("Wanda's extremes: nothing, everything, dead inputs") {
  RandomLayer layer(5, 8);
  layer.gram.row(3).setZero();
  layer.gram.col(3).setZero();
  CHECK(to_eigen(WandaMask{Unstructured{0}}(layer.problem()).weights) == layer.weights);
  CHECK(WandaMask{Unstructured{100}}(layer.problem()).mask.count() == 40);
  CHECK(WandaMask{NOfM{0, 4}}(layer.problem()).mask.count() == 0);
  const PrunedWeights one = WandaMask{NOfM{1, 8}}(layer.problem());
  CHECK(one.dead_inputs == std::vector<Index>{3});
  for (Index row = 0; row < 5; ++row) CHECK(one.mask.removed(row, 3));
}

TEST_CASE("Wanda refuses problems that cannot be, by name") {
  RandomLayer layer(3, 8);
  expect_error<OptionError>([&] { (void)WandaMask{NOfM{2, 3}}(layer.problem()); }, {"2:3", "8"});
  layer.weights(1, 2) = std::numeric_limits<double>::quiet_NaN();
  expect_error<DataError>([&] { (void)WandaMask{}(layer.problem()); }, {"layer", "weights", "NaN"});
  layer = RandomLayer(3, 8);
  layer.gram(1, 2) = std::numeric_limits<double>::infinity();
  expect_error<DataError>([&] { (void)WandaMask{}(layer.problem()); }, {"layer", "Gram", "NaN"});
  layer.gram(1, 2) = 0;
  layer.gram(2, 2) = -1;
  expect_error<DataError>([&] { (void)WandaMask{}(layer.problem()); }, {"layer", "negative"});
  layer.gram = Eigen::MatrixXd::Identity(7, 7);
  expect_error<DataError>([&] { (void)WandaMask{}(layer.problem()); }, {"layer", "8", "7"});
}
