// SPDX-License-Identifier: MIT
#include <limits>
#include <utility>

#include <catch2/catch.hpp>
#include <support/expect_error.hpp>
#include <support/random_layer.hpp>

#include <multipruner/sparsity/mrp.hpp>
#include <multipruner/sparsity/sparse_gpt.hpp>
#include <multipruner/sparsity/sparsity.hpp>
#include <multipruner/sparsity/wanda_mask.hpp>

using namespace multipruner;
using namespace multipruner::test;

TEST_CASE("a mask has the weights of its matrix only") {
  WeightMask mask(3, 70);
  constexpr Index far = std::numeric_limits<Index>::max();
  const auto refused = [](auto&& action) { expect_error<OptionError>(action, {"weight mask"}); };
  for (const auto& [row, column] : {std::pair<Index, Index>{-1, 0}, {3, 0}, {0, -1}, {0, 70}, {2, 100}, {far, far}}) {
    refused([&, r = row, c = column] { (void)mask.removed(r, c); });
    refused([&, r = row, c = column] { mask.remove(r, c); });
  }
  for (const Index row : {Index{-1}, Index{3}}) {
    refused([&] { (void)mask.count(row); });
    refused([&] { (void)mask.row_words(row); });
  }
  std::vector<Index> columns;
  for (const auto& [first, size] : {std::pair<Index, Index>{-1, 2}, {69, 2}, {71, 0}, {0, -1}, {1, far}}) {
    refused([&, f = first, s = size] { mask.removed_columns(0, f, s, columns); });
    refused([&, f = first, s = size] { mask.kept_columns(0, f, s, columns); });
  }
  CHECK(mask.count() == 0);
  refused([] { WeightMask(-1, 4); });
  refused([] { WeightMask(4, -1); });
  refused([] { WeightMask(Index{1} << 40, Index{1} << 40); });
  const WeightMask moved = std::move(mask);
  CHECK(moved.columns() == 70);
  CHECK(mask.rows() == 0);
  CHECK(mask.columns() == 0);
  refused([&] { (void)mask.removed(0, 0); });
}

TEST_CASE("compensations and criteria refuse masks and Hessians of other weights") {
  const RandomLayer layer(4, 8), wider(4, 12);
  const DampedHessian hessian(layer.problem(), 0.01), other(wider.problem(), 0.01);
  const WeightMask mask(4, 8), few_rows(3, 8), wide(4, 12);
  const auto check = [&](const auto& compensation) {
    CHECK_NOTHROW(compensation(stored_rows(layer.weights), mask, hessian));
    for (const WeightMask* wrong : {&few_rows, &wide}) {
      expect_error<OptionError>([&] { (void)compensation(stored_rows(layer.weights), *wrong, hessian); },
                                {"weight mask"});
    }
    expect_error<OptionError>([&] { (void)compensation(stored_rows(layer.weights), mask, other); },
                              {"Hessian", "12 inputs"});
  };
  check(BlockedCompensation{});
  check(SequentialCompensation{});
  check(GlobalCompensation{});
  check(ConjugateGradientCompensation{});
  const auto check_criterion = [&](const auto& criterion) {
    CHECK_NOTHROW(criterion(stored_rows(layer.weights), hessian));
    expect_error<OptionError>([&] { (void)criterion(stored_rows(layer.weights), other); }, {"Hessian", "12 inputs"});
    expect_error<OptionError>([&] { (void)criterion({nullptr, 4, 8}, hessian); }, {"no memory"});
  };
  check_criterion(SingleRemoval{});
  check_criterion(SingleRemoval{.joint_block = 4});
  check_criterion(MultipleRemoval{});
  check_criterion(SequentialRemoval{});
  CHECK_NOTHROW(SparseGpt{}(from_eigen(layer.weights), hessian));
  expect_error<OptionError>([&] { (void)SparseGpt{}(from_eigen(layer.weights), other); }, {"Hessian", "12 inputs"});
  RowMajor weights = layer.weights;
  expect_error<OptionError>([&] { remove_masked(stored_rows(weights), wide); }, {"weight mask"});
  for (const auto& [first, count] : {std::pair<Index, Index>{-1, 2}, {7, 2}, {0, 9}, {2, -1}}) {
    expect_error<OptionError>([&, f = first, c = count] { (void)hessian.inverse_block(f, c); }, {"Hessian"});
  }
}

TEST_CASE("weights and Gram matrices may be parts of larger ones, and views of nothing are refused") {
  const RandomLayer layer(4, 8);
  RowMajor weights = RowMajor::Ones(4, 11), gram = RowMajor::Ones(8, 9);
  weights.middleCols(2, 8) = layer.weights;
  gram.leftCols(8) = layer.gram;
  const LinearProblem part{
      .name = "part", .weights = stored_rows(weights).column_range(2, 8), .gram = stored_rows(gram).column_range(0, 8)};
  const LinearProblem no_weights{.name = "layer", .weights = {nullptr, 4, 8}, .gram = part.gram};
  const LinearProblem no_gram{.name = "layer", .weights = part.weights, .gram = {nullptr, 8, 8}};
  const auto check = [&](const auto& pruner) {
    const PrunedWeights found = pruner(part), expected = pruner(layer.problem());
    CHECK(to_eigen(found.weights) == to_eigen(expected.weights));
    CHECK(found.mask == expected.mask);
    CHECK(found.row_loss == expected.row_loss);
    for (const LinearProblem* broken : {&no_weights, &no_gram}) {
      expect_error<OptionError>([&] { (void)pruner(*broken); }, {"layer", "no memory"});
    }
  };
  check(WandaMask{});
  check(SparseGpt{});
  check(Mrp{});
  check(Mrp{.criterion = MultipleRemoval{}, .compensation = GlobalCompensation{}});
  check(Mrp{.compensation = ConjugateGradientCompensation{}});
  check(Mrp{.compensation = SequentialCompensation{}});
}

TEST_CASE("a Gram matrix that is not square, and ratios that are none, are refused") {
  const RandomLayer layer(4, 8);
  const RowMajor oblong = layer.gram.topRows(5);
  const LinearProblem problem{.name = "layer", .weights = stored_rows(layer.weights), .gram = stored_rows(oblong)};
  expect_error<DataError>([&] { DampedHessian(problem, 0.01); }, {"layer", "5 × 8"});
  expect_error<DataError>([&] { (void)WandaMask{}(problem); }, {"layer", "5 × 8"});
  for (const double ratio : {-1.0, 100.5, 1e300, std::numeric_limits<double>::quiet_NaN()}) {
    expect_error<OptionError>([&] { (void)removed_count({ratio}, 100); }, {"sparsity pattern"});
  }
}
