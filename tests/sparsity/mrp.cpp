// SPDX-License-Identifier: MIT
#include <limits>
#include <string>

#include <catch2/catch.hpp>
#include <support/expect_error.hpp>
#include <support/golden_layer.hpp>
#include <support/random_layer.hpp>

#include <multipruner/core/parallel.hpp>
#include <multipruner/sparsity/mask_and_compensate.hpp>
#include <multipruner/sparsity/mrp.hpp>
#include <multipruner/sparsity/sparse_gpt.hpp>

using namespace multipruner;
using namespace multipruner::test;

namespace {

struct Case {
  const char* name;  ///< of the mask in the golden file
  Mrp::Criterion criterion;
};

const Case cases[] = {{"S_unstructured", SingleRemoval{Unstructured{50}}},
                      {"S_unstructured_0.37", SingleRemoval{Unstructured{37}}},
                      {"S_2_4", SingleRemoval{NOfM{2, 4}}},
                      {"M_2_4", MultipleRemoval{{2, 4}}}};

}  // namespace

TEST_CASE("MRP gives what the oracle gives, in all variants") {
  const GoldenLayer golden("mrp");
  const RowMajor weights = golden.matrix("W");
  const Eigen::MatrixXd gram = golden.matrix("H") / 2;
  const LinearProblem problem{.name = "golden", .weights = stored_rows(weights), .gram = stored_rows(gram)};
  const DampedHessian hessian(problem, 0.01);
  CHECK(relative_error(hessian.inverse(), golden.matrix("C")) < 1e-10);

  const auto& [case_name, criterion] = GENERATE(from_range(std::begin(cases), std::end(cases)));
  const std::string name = case_name;
  const auto prune = [&, &criterion = criterion](Mrp::Compensation compensation) {
    PrunedWeights pruned = Mrp{.criterion = criterion, .compensation = compensation}(problem);
    CHECK(pruned.mask == golden.mask("mask_" + name));
    CHECK(pruned.zeroed_rows.empty());
    CHECK(pruned.kept_side_rows.empty());
    return pruned;
  };
  const PrunedWeights global = prune(GlobalCompensation{});
  CHECK(relative_error(global.weights, golden.matrix("W_M_" + name)) < 1e-10);
  CHECK(relative_error(global.row_loss, golden.matrix("loss_M_" + name).transpose()) < 1e-10);
  const PrunedWeights sequential = prune(SequentialCompensation{});
  CHECK(relative_error(sequential.weights, golden.matrix("W_S_" + name)) < 1e-10);
  CHECK(relative_error(sequential.row_loss, golden.matrix("loss_S_" + name).transpose()) < 1e-10);
  const PrunedWeights blocked = prune(BlockedCompensation{.block = 16});
  CHECK(relative_error(blocked.weights, golden.matrix("W_blockedM16_" + name)) < 1e-10);
  const PrunedWeights iterated = prune(ConjugateGradientCompensation{.iterations = 200, .tolerance = 1e-12});
  CHECK(relative_error(iterated.weights, golden.matrix("W_M_" + name)) < 1e-9);
  CHECK(iterated.unconverged_rows.empty());
}

TEST_CASE("MRP on the worked example") {
  const RandomLayer layer = worked_layer();
  const auto prune = [&](Mrp::Criterion criterion, Mrp::Compensation compensation) {
    return Mrp{criterion, compensation, 0}(layer.problem());
  };
  const auto row = [](double a, double b, double c, double d) { return (RowMajor(1, 4) << a, b, c, d).finished(); };
  const SingleRemoval s{NOfM{2, 4}};
  const MultipleRemoval m{{2, 4}};

  const PrunedWeights ss = prune(s, SequentialCompensation{});
  CHECK(relative_error(ss.weights, row(-4, 4, 0, 0)) < 1e-12);
  CHECK(ss.row_loss.front() == Approx(22).epsilon(1e-12));
  const PrunedWeights ms = prune(m, SequentialCompensation{});
  CHECK(relative_error(ms.weights, row(-4, 0, 0, -3)) < 1e-12);
  CHECK(ms.row_loss.front() == Approx(28).epsilon(1e-12));
  for (const Mrp::Compensation& compensation :
       {Mrp::Compensation(GlobalCompensation{}), Mrp::Compensation(BlockedCompensation{}),
        Mrp::Compensation(ConjugateGradientCompensation{})}) {
    const PrunedWeights sm = prune(s, compensation);
    CHECK(relative_error(sm.weights, row(-5.5, 3.5, 0, 0)) < 1e-10);
    CHECK(sm.row_loss.front() == Approx(17).epsilon(1e-10));
    const PrunedWeights mm = prune(m, compensation);
    CHECK(relative_error(mm.weights, row(-8, 0, 0, -5)) < 1e-10);
    CHECK(mm.row_loss.front() == Approx(4).epsilon(1e-10));
  }
}

TEST_CASE("with SparseGPT's mask, solving all weights together is never worse than SparseGPT") {
  const RandomLayer layer(40, 96);
  const SparsityPattern pattern = GENERATE(as<SparsityPattern>(), Unstructured{50}, Unstructured{80}, NOfM{2, 4});
  const DampedHessian hessian(layer.problem(), 0.01);
  const PrunedWeights sparse = SparseGpt{.pattern = pattern, .block = 32}(layer.problem(), hessian);
  const SequentialRemoval criterion{pattern, 32};
  const PrunedWeights global = Mrp{criterion, GlobalCompensation{}}(layer.problem(), hessian);
  const PrunedWeights column_by_column = Mrp{criterion, SequentialCompensation{32}}(layer.problem(), hessian);

  CHECK(global.mask == sparse.mask);
  const Eigen::ArrayXd global_loss = to_eigen(global.row_loss), sparse_loss = to_eigen(sparse.row_loss);
  CHECK((global_loss <= sparse_loss * (1 + 1e-12)).all());
  CHECK(global_loss.sum() < 0.95 * sparse_loss.sum());
  CHECK(relative_error(column_by_column.weights, sparse.weights) < 1e-12);
}

TEST_CASE("MRP has the same bits for any number of threads") {
  const RandomLayer layer(300, 136);
  const auto& criterion = GENERATE(from_range(std::begin(cases), std::end(cases))).criterion;
  const Mrp::Compensation compensation =
      GENERATE(Mrp::Compensation(GlobalCompensation{}), Mrp::Compensation(BlockedCompensation{64}),
               Mrp::Compensation(ConjugateGradientCompensation{}), Mrp::Compensation(SequentialCompensation{64}));
  const Mrp prune{criterion, compensation};
  const PrunedWeights one = ThreadArena(1).execute([&] { return prune(layer.problem()); });
  for (const int threads : {2, 4}) {
    const PrunedWeights many = ThreadArena(threads).execute([&] { return prune(layer.problem()); });
    CHECK(many.mask == one.mask);
    CHECK(to_eigen(many.weights) == to_eigen(one.weights));
    CHECK(many.row_loss == one.row_loss);
  }
}

TEST_CASE("MRP refuses problems and options that cannot be, by name") {
  RandomLayer layer(3, 8);
  expect_error<OptionError>([&] { (void)Mrp{.criterion = MultipleRemoval{{3, 5}}}(layer.problem()); }, {"3:5", "8"});
  expect_error<OptionError>([&] { (void)Mrp{.compensation = BlockedCompensation{-1}}(layer.problem()); },
                            {"block", "-1"});
  expect_error<OptionError>([&] { (void)Mrp{.compensation = ConjugateGradientCompensation{-1}}(layer.problem()); },
                            {"-1", "iterations"});
  layer.weights(0, 0) = std::numeric_limits<double>::infinity();
  expect_error<DataError>([&] { (void)Mrp{}(layer.problem()); }, {"layer", "weights"});
  const RandomLayer other(3, 12);
  expect_error<DataError>([&] { (void)Mrp{}(other.problem(), DampedHessian(RandomLayer(3, 8).problem(), 0.01)); },
                          {"layer", "12", "8"});
  const RandomLayer wide(3, 32);
  expect_error<OptionError>(
      [&] {
        (void)Mrp{.criterion = MultipleRemoval{{16, 32}}}(wide.problem());
      },
      {"16:32", "20000"});
}

TEST_CASE("A policy of one's own: any mask, any compensation") {
  const RandomLayer layer(3, 8);
  const auto first_two = [](MatrixView<const double> weights, const DampedHessian&) {
    WeightMask mask(weights.rows, weights.columns);
    for (Index row = 0; row < weights.rows; ++row) {
      mask.remove(row, 0);
      mask.remove(row, 1);
    }
    return mask;
  };
  const MaskAndCompensate<decltype(first_two), GlobalCompensation> prune{first_two};
  static_assert(WeightPruner<decltype(prune)>);
  const PrunedWeights pruned = prune(layer.problem());
  CHECK(to_eigen(pruned.weights).leftCols(2).isZero(0));
  CHECK(pruned.mask.count() == 6);
}
