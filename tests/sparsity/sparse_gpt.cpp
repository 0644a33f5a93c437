// SPDX-License-Identifier: MIT
#include <string>

#include <catch2/catch.hpp>
#include <support/expect_error.hpp>
#include <support/golden_layer.hpp>
#include <support/random_layer.hpp>

#include <multipruner/core/parallel.hpp>
#include <multipruner/sparsity/sparse_gpt.hpp>
#include <multipruner/sparsity/sparsity.hpp>

using namespace multipruner;
using namespace multipruner::test;

namespace {

void check_golden(const PrunedWeights& pruned, const GoldenLayer& golden, const std::string& weights,
                  const std::string& suffix) {
  CHECK(pruned.mask == golden.mask("mask" + suffix));
  CHECK(relative_error(pruned.weights, golden.matrix(weights + suffix)) < 1e-10);
  CHECK(relative_error(pruned.row_loss, golden.matrix("loss_per_row" + suffix).transpose()) < 1e-10);
}

}  // namespace

TEST_CASE("SparseGPT gives what the published loop gives in double precision") {
  const GoldenLayer inputs("sparsegpt-unstructured");
  const RowMajor weights = inputs.matrix("W");
  const Eigen::MatrixXd gram = inputs.matrix("H") / 2;
  const LinearProblem problem{.name = "golden", .weights = stored_rows(weights), .gram = stored_rows(gram)};

  const Index block = GENERATE(8, 128);
  const auto [name, pattern, exact] =
      GENERATE(table<const char*, SparsityPattern, bool>({{"sparsegpt-unstructured", Unstructured{50}, false},
                                                          {"sparsegpt-unstructured_0.37", Unstructured{37}, false},
                                                          {"sparsegpt-unstructured_exact", Unstructured{50}, true},
                                                          {"sparsegpt-2_4", NOfM{2, 4}, true}}));
  const PrunedWeights pruned = SparseGpt{.pattern = pattern, .block = block, .exact_count = exact}(problem);
  check_golden(pruned, GoldenLayer(name), "W_pruned", "_block" + std::to_string(block));
  CHECK(satisfies(pruned.mask, pattern));
  CHECK(pruned.damping.increases == 0);
}

TEST_CASE("SparseGPT takes dead inputs out, and goes on from block to block") {
  const GoldenLayer golden("sparsegpt-dead-wide");
  const RowMajor weights = golden.matrix("W");
  const Eigen::MatrixXd gram = golden.matrix("G");
  const LinearProblem problem{
      .name = "golden", .weights = stored_rows(weights), .gram = stored_rows(gram), .sequences = 4};
  const PrunedWeights unstructured = SparseGpt{.pattern = Unstructured{50}, .exact_count = false}(problem);
  check_golden(unstructured, golden, "W_pruned", "_unstructured");
  CHECK(unstructured.dead_inputs == std::vector<Index>{5, 130});
  CHECK(to_eigen(unstructured.weights).col(130).isZero(0));
  check_golden(SparseGpt{.pattern = NOfM{2, 4}}(problem), golden, "W_pruned", "_2_4");
}

TEST_CASE("SparseGPT on the worked example") {
  const RandomLayer layer = worked_layer();
  const PrunedWeights pruned = SparseGpt{.pattern = NOfM{2, 4}, .damping = 0}(layer.problem());
  CHECK(relative_error(pruned.weights, (RowMajor(1, 4) << 0, 88, 54, 0).finished() / 13) < 1e-12);
  CHECK(pruned.row_loss.front() == Approx(2130.0 / 169).epsilon(1e-12));
}

TEST_CASE("SparseGPT's counts: exact, or one more in each block") {
  const RandomLayer layer(5, 24);
  const auto count = [&](double ratio, bool exact) {
    return SparseGpt{.pattern = Unstructured{ratio}, .block = 8, .exact_count = exact}(layer.problem()).mask.count();
  };
  CHECK(count(0, true) == 0);
  CHECK(count(0, false) == 3);
  CHECK(count(30, true) == 36);
  CHECK(count(30, false) == 39);
  CHECK(count(100, true) == 120);
  CHECK(count(100, false) == 120);
}

TEST_CASE("SparseGPT has the same bits for any number of threads, and with a shared Hessian") {
  const RandomLayer layer(300, 200);
  const SparsityPattern pattern = GENERATE(SparsityPattern(Unstructured{50}), SparsityPattern(NOfM{2, 4}));
  const SparseGpt prune{.pattern = pattern, .block = 64};
  const PrunedWeights one = ThreadArena(1).execute([&] { return prune(layer.problem()); });
  const DampedHessian hessian(layer.problem(), 0.01);
  CHECK(to_eigen(prune(layer.problem(), hessian).weights) == to_eigen(one.weights));
  for (const int threads : {2, 4}) {
    const PrunedWeights many = ThreadArena(threads).execute([&] { return prune(layer.problem()); });
    CHECK(many.mask == one.mask);
    CHECK(to_eigen(many.weights) == to_eigen(one.weights));
    CHECK(many.row_loss == one.row_loss);
  }
}

TEST_CASE("SparseGPT refuses options that cannot be") {
  const RandomLayer layer(3, 8);
  expect_error<OptionError>([&] { (void)SparseGpt{.block = 0}(layer.problem()); }, {"block", "0"});
  expect_error<OptionError>([&] { (void)SparseGpt{.pattern = NOfM{2, 4}, .block = 6}(layer.problem()); }, {"6", "2:4"});
  expect_error<OptionError>([&] { (void)SparseGpt{.pattern = Unstructured{101}}(layer.problem()); }, {"101%"});
  expect_error<OptionError>([&] { (void)SparseGpt{.damping = -1}(layer.problem()); }, {"damping", "-1"});
}
