// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <utility>

#include <Eigen/Dense>
#include <catch2/catch.hpp>
#include <support/expect_error.hpp>
#include <support/golden_tensors.hpp>
#include <support/one_layer_model.hpp>

#include <multipruner/calibration/damped_cholesky.hpp>
#include <multipruner/core/parallel.hpp>
#include <multipruner/importance/obs.hpp>
#include <multipruner/importance/reorder.hpp>
#include <multipruner/importance/structured_obs.hpp>

using namespace multipruner;
using namespace multipruner::test;

namespace {

/// The golden layer as down_proj, and as o_proj with heads of 8 channels, each its own group.
struct Golden {
  GoldenTensors tensors{"structured"};
  OneLayerModel model{24, 64, 8, 8, 8};
  ModelStatistics statistics{{}, model.config.blocks};

  Golden() {
    model.tensors[TensorRole("down_proj")] = model.tensors[TensorRole("o_proj")] = tensors.floats("W");
    for (const BlockId block : {first_attention, first_mlp}) {
      statistics.at(block).of(Signal::output_input).gram.emplace(192, from_eigen(tensors.matrix("G")));
    }
  }

  [[nodiscard]] StructuredObs obs(Index unit_width) const {
    const Matrix<double> weight = from_eigen(tensors.matrix("W")), gram = from_eigen(tensors.matrix("G"));
    return {weight.view(), inverse(damped_cholesky(gram.view(), 0.01)), unit_width};
  }
};

void check_greedy(const Golden& golden, Index unit_width, const std::string& prefix) {
  StructuredObs obs = golden.obs(unit_width);
  const std::vector<Index> order = golden.tensors.indices(prefix + "_order");
  std::vector<Index> units;
  std::vector<double> costs;
  for (const UnitRemoval& removal : obs.remove_cheapest(static_cast<Index>(order.size()))) {
    units.push_back(removal.unit);
    costs.push_back(removal.cost);
  }
  CHECK(units == order);
  CHECK(close(costs, golden.tensors.doubles(prefix + "_costs"), 1e-10));
  CHECK(close(to_eigen(obs.weight()), golden.tensors.matrix(prefix + "_W"), 1e-10));
}

}  // namespace

TEST_CASE("OBS scores of channels and groups are the oracle's") {
  const Golden golden;
  const Graph graph = golden.model.graph();
  const Obs obs(golden.statistics);
  CHECK(close(obs.scores(graph, first_mlp), golden.tensors.doubles("channel_scores"), 1e-10));
  CHECK(close(obs.scores(graph, first_attention), golden.tensors.doubles("head_scores"), 1e-10));
}

TEST_CASE("greedy removal goes the oracle's way") {
  const Golden golden;
  check_greedy(golden, 1, "greedy_channel");
  check_greedy(golden, 8, "greedy_head");
}

TEST_CASE("greedy scores are places in the order of removal") {
  const Golden golden;
  const std::vector<double> places = Obs(golden.statistics, {.greedy = true}).scores(golden.model.graph(), first_mlp);
  const std::vector<Index> order = golden.tensors.indices("greedy_channel_order");
  for (std::size_t i = 0; i < order.size(); ++i) {
    CHECK(places[static_cast<std::size_t>(order[i])] == static_cast<double>(i));
  }
  std::vector<double> sorted = places;
  std::ranges::sort(sorted);
  CHECK(sorted.back() == 63);
  const UnitOrder units = order_units(golden.model.graph(), Obs(golden.statistics, {.greedy = true}));
  CHECK(units[1][0].back() == order.front());
}

TEST_CASE("units that go together are removed as if they were one") {
  const Golden golden;
  StructuredObs together = golden.obs(1), wide = golden.obs(8);
  const std::vector<Index> channels{8, 9, 10, 11, 12, 13, 14, 15}, head{1};
  together.remove(channels);
  wide.remove(head);
  CHECK(close(to_eigen(together.weight()), to_eigen(wide.weight()), 1e-12));
  StructuredObs steps = golden.obs(1);
  const std::vector<UnitRemoval> removals = steps.remove_cheapest(100, 7);
  CHECK(removals.size() == 64);
  CHECK(to_eigen(steps.weight()).isZero());
}

TEST_CASE("a structured removal by hand") {
  RowMajor weight(2, 3), gram(3, 3), expected(2, 3);
  weight << 1, 2, 3, 0, 1, -1;
  gram << 2, 1, 0, 1, 2, 1, 0, 1, 2;
  const auto start = [&] {
    return StructuredObs(stored_rows(weight), inverse(damped_cholesky(stored_rows(gram), 0)), 1);
  };
  CHECK(close(start().scores(), {4.0 / 3, 5, 40.0 / 3}, 1e-14));
  StructuredObs without_first = start(), without_last = start();
  without_first.remove(std::vector<Index>{0});
  expected << 0, 8.0 / 3, 8.0 / 3, 0, 1, -1;
  CHECK(close(to_eigen(without_first.weight()), expected, 1e-14));
  without_last.remove(std::vector<Index>{2});
  expected << 0, 4, 0, 1.0 / 3, 1.0 / 3, 0;
  CHECK(close(to_eigen(without_last.weight()), expected, 1e-14));
  expect_error<OptionError>([&] { without_last.remove(std::vector<Index>{2}); }, {"no unit 2"});
  expect_error<OptionError>([&] { StructuredObs(stored_rows(weight), from_eigen(gram), 2); }, {"units of 2"});
}

TEST_CASE("a score is the least loss that a fit without the unit can reach") {
  const Golden golden;
  const Eigen::MatrixXd weight = golden.tensors.matrix("W"), gram = golden.tensors.matrix("G");
  const double damping = 0.01 * gram.diagonal().mean();
  // Rows of inputs whose Gram matrix is the damped one.
  Eigen::MatrixXd damped = gram + damping * Eigen::MatrixXd::Identity(64, 64);
  const Eigen::MatrixXd inputs = damped.llt().matrixU();
  const std::vector<double> scores = golden.obs(1).scores();
  for (const Index removed : {0, 17, 63}) {
    std::vector<Index> kept;
    for (Index j = 0; j < 64; ++j) {
      if (j != removed) kept.push_back(j);
    }
    const Eigen::MatrixXd x = inputs(Eigen::all, kept), y = inputs * weight.transpose();
    const Eigen::MatrixXd fit = x.colPivHouseholderQr().solve(y);
    CHECK(scores[static_cast<std::size_t>(removed)] == Approx((x * fit - y).squaredNorm()).epsilon(1e-9));
  }
}

TEST_CASE("inputs that are always zero score 0") {
  Golden golden;
  Eigen::MatrixXd gram = golden.tensors.matrix("G");
  for (const Index dead : {3, 40}) {
    gram.row(dead).setZero();
    gram.col(dead).setZero();
  }
  golden.statistics.at(first_mlp).of(Signal::output_input).gram.emplace(192, from_eigen(gram));
  const std::vector<double> scores = Obs(golden.statistics).scores(golden.model.graph(), first_mlp);
  for (std::size_t j = 0; j < 64; ++j) CHECK((scores[j] == 0) == (j == 3 || j == 40));
  golden.statistics.at(first_mlp).of(Signal::output_input).gram.emplace(192, zero_matrix(64, 64));
  CHECK(Obs(golden.statistics).scores(golden.model.graph(), first_mlp) == std::vector<double>(64));
}

TEST_CASE("OBS has the same bits for every number of threads") {
  const Golden golden;
  const Graph graph = golden.model.graph();
  for (const BlockId block : {first_attention, first_mlp}) {
    const auto scores = [&](int threads, bool greedy) {
      return ThreadArena(threads).execute(
          [&] { return Obs(golden.statistics, {.greedy = greedy}).scores(graph, block); });
    };
    for (const int threads : {2, 4}) {
      CHECK(scores(threads, false) == scores(1, false));
      CHECK(scores(threads, true) == scores(1, true));
    }
  }
}

TEST_CASE("OBS needs a finite Gram matrix of the right size") {
  Golden golden;
  golden.statistics.at(first_mlp)
      .of(Signal::output_input)
      .gram.emplace(1, from_eigen(Eigen::MatrixXd::Constant(64, 64, INFINITY)));
  expect_error<DataError>([&] { (void)Obs(golden.statistics).scores(golden.model.graph(), first_mlp); },
                          {"not finite"});
  golden.statistics.at(first_mlp).of(Signal::output_input).gram.emplace(1, zero_matrix(63, 63));
  expect_error<OptionError>([&] { (void)Obs(golden.statistics).scores(golden.model.graph(), first_mlp); },
                            {"layer 0 mlp", "63 columns"});
}

TEST_CASE("an inverse that is none is refused, not divided by") {
  Eigen::MatrixXd indefinite(2, 2);
  indefinite << 1, 2, 2, 1;
  const RowMajor weight = RowMajor::Ones(3, 2), columns = weight.transpose();
  test::expect_error<DataError>([&] { (void)removal_loss(stored_rows(columns), stored_rows(indefinite)); },
                                {"not positive definite"});
  test::expect_error<OptionError>([&] { (void)removal_loss(stored_rows(columns), zero_matrix(3, 3).view()); },
                                  {"removal loss"});
  StructuredObs pair(stored_rows(weight), from_eigen(indefinite), 2);
  const std::vector<Index> first{0};
  test::expect_error<DataError>([&] { (void)pair.scores(); }, {"not positive definite"});
  test::expect_error<DataError>([&] { pair.remove(first); }, {"not positive definite"});
  for (const Index unit : {Index{-1}, Index{1}}) {
    test::expect_error<OptionError>([&] { (void)pair.removed(unit); }, {"structured removal"});
  }
}
