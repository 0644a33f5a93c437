// SPDX-License-Identifier: MIT
#include <cmath>

#include <catch2/catch.hpp>
#include <support/blocks.hpp>
#include <support/expect_error.hpp>
#include <support/golden_tensors.hpp>
#include <support/one_layer_model.hpp>

#include <multipruner/importance/flap.hpp>
#include <multipruner/importance/l2.hpp>
#include <multipruner/importance/output_norm.hpp>
#include <multipruner/importance/wanda.hpp>
#include <multipruner/importance/wanda_output.hpp>

// The metrics of units that need moments of activations, side by side: they differ in little.

using namespace multipruner;
using namespace multipruner::test;

namespace {

/// down_proj and o_proj are the golden 24 × 64 matrix; heads are 8 channels wide, two to a key/value group.
struct Golden {
  GoldenTensors tensors;
  OneLayerModel model{24, 64, 8, 4, 8};
  ModelStatistics statistics{{}, model.config.blocks};

  explicit Golden(const std::string& name) : tensors(name) {
    model.tensors[TensorRole("down_proj")] = model.tensors[TensorRole("o_proj")] = tensors.floats("W");
    const Matrix<float> x = tensors.tokens("X");
    for (const BlockId block : {first_attention, first_mlp}) {
      statistics.at(block).of(Signal::output_input).moments.emplace(x.columns()).add(x.view());
    }
  }
};

ColumnMoments moments_with_norms(std::vector<double> norms) {
  const std::vector<double> zero(norms.size());
  for (double& norm : norms) norm *= norm;
  return {1, zero, norms, zero};
}

}  // namespace

TEST_CASE("FLAP's fluctuation is the oracle's, for channels and for groups") {
  const Golden golden("flap");
  const Graph graph = golden.model.graph();
  const std::vector<double> expected = golden.tensors.doubles("wifv");
  CHECK(close(Flap(golden.statistics).scores(graph, first_mlp), expected, 1e-12));

  std::vector<double> plain(4), squared(4);
  for (std::size_t j = 0; j < 64; ++j) {
    plain[j / 16] += expected[j] / 16;
    squared[j / 16] += expected[j] * expected[j] / 16;
  }
  CHECK(close(Flap(golden.statistics).scores(graph, first_attention), squared, 1e-12));
  CHECK(close(Flap(golden.statistics, {.square_attention = false}).scores(graph, first_attention), plain, 1e-12));

  const std::vector<double> standard = Flap(golden.statistics, {.standardize = true}).scores(graph, first_mlp);
  double mean = 0, square = 0;
  for (const double score : standard) mean += score / 64, square += score * score / 63;
  CHECK(mean == Approx(0).margin(1e-12));
  CHECK(square == Approx(1).epsilon(1e-12));
}

TEST_CASE("FLAP's bias is the oracle's") {
  const Golden golden("flap");
  const Graph graph = golden.model.graph();
  const ColumnMoments& moments = golden.statistics.moments(first_mlp, Signal::output_input, 64);
  const std::vector<Index> removed = golden.tensors.indices("removed");
  const WeightView& weight = graph.tensors(first_mlp)[GatedMlp::down_proj];
  CHECK(close(mean_contribution(weight, moments.mean(), removed), golden.tensors.doubles("bias_for_removed"), 1e-12));
  CHECK(mean_contribution(weight, moments.mean(), {}) == std::vector<double>(24));
  const std::vector<Index> stray{64};
  expect_error<OptionError>([&] { (void)mean_contribution(weight, moments.mean(), stray); }, {"column 64"});
}

TEST_CASE("FLAP by hand") {
  const std::vector<float> weight{1, 3};
  ColumnMoments moments(2);
  const std::vector<float> rows{1, 2, 3, 2};
  moments.add({rows.data(), 2, 2});
  const WeightView view(weight.data(), 1, 2);
  CHECK(wifv(view, moments.variances()) == std::vector<double>{2, 0});
  const std::vector<Index> removed{1};
  CHECK(mean_contribution(view, moments.mean(), removed) == std::vector<double>{2 * 3});
  expect_error<OptionError>([&] { (void)wifv(view, std::vector<double>{1}); }, {"1 variances for 2 columns"});
}

TEST_CASE("WandaOutput is the mean of Wanda's scores in a column") {
  const Golden golden("wanda");
  const Graph graph = golden.model.graph();
  const Eigen::MatrixXd entries = golden.tensors.matrix("score") * 2;  // the oracle divides squares by 4 sequences
  std::vector<double> channels, groups(4);
  for (Index j = 0; j < 64; ++j) {
    channels.push_back(entries.col(j).mean());
    groups[static_cast<std::size_t>(j / 16)] += channels.back();
  }
  CHECK(close(WandaOutput(golden.statistics).scores(graph, first_mlp), channels, 1e-12));
  CHECK(close(WandaOutput(golden.statistics).scores(graph, first_attention), groups, 1e-12));
}

TEST_CASE("OutputNorm is the norm of what a channel adds") {
  const Golden golden("structured");
  const Graph graph = golden.model.graph();
  const Eigen::MatrixXd weight = golden.tensors.matrix("W"), gram = golden.tensors.matrix("G");
  std::vector<double> channels, groups(4);
  for (Index j = 0; j < 64; ++j) {
    channels.push_back(weight.col(j).norm() * std::sqrt(gram(j, j)));
    groups[static_cast<std::size_t>(j / 16)] += channels.back() * channels.back();
  }
  for (double& group : groups) group = std::sqrt(group);
  CHECK(close(OutputNorm(golden.statistics).scores(graph, first_mlp), channels, 1e-12));
  CHECK(close(OutputNorm(golden.statistics).scores(graph, first_attention), groups, 1e-12));
}

TEST_CASE("Wanda scales the weights of L1 by the norms of their inputs") {
  OneLayerModel model(2, 2, 4, 2, 2);
  model.tensors[TensorRole("gate_proj")] = {1, -3, 0.5f, 2};
  model.tensors[TensorRole("up_proj")] = {0, 0, 1, 0};
  model.tensors[TensorRole("q_proj")] = {1, 0, 1, 0, 2, 0, 2, 0, 3, 0, 3, 0, 4, 0, 4, 0};
  model.tensors[TensorRole("k_proj")] = {0, 1, 0, 1, 0, 5, 0, 5};
  model.tensors[TensorRole("v_proj")] = {1, 0, 1, 0, -1, 0, -1, 0};
  ModelStatistics statistics({}, model.config.blocks);
  statistics.at(first_mlp).of(Signal::block_input).moments = moments_with_norms({4, 1});
  statistics.at(first_attention).of(Signal::block_input).moments = moments_with_norms({1, 1});
  const Graph graph = model.graph();
  CHECK(Wanda(statistics).scores(graph, first_mlp) == std::vector<double>{4 + 3, 2 + 2 + 4});
  // Heads are two channels wide, and two heads share rows of k and v: 3, 3, 4, 4, and 9, 9, 10, 10.
  CHECK(Wanda(statistics).scores(graph, first_attention) == std::vector<double>{3.5, 9.5});
}

TEST_CASE("L2 takes the norms of the rows of L1") {
  OneLayerModel model(2, 2, 2, 1, 2);
  model.tensors[TensorRole("gate_proj")] = {3, -4, 0, 0};
  model.tensors[TensorRole("up_proj")] = {0, 2, 5, 12};
  CHECK(L2{}.scores(model.graph(), first_mlp) == std::vector<double>{5 + 2, 0 + 13});
}

TEST_CASE("a metric says which statistics are missing, and absent blocks have no units") {
  const OneLayerModel model(4, 6, 2, 1, 2);
  const ModelStatistics none({}, model.config.blocks);
  expect_error<OptionError>([&] { (void)Wanda(none).scores(model.graph(), first_mlp); },
                            {"layer 0 mlp", "moments of block_input was not gathered"});
  expect_error<OptionError>([&] { (void)Flap(none).scores(model.graph(), first_attention); },
                            {"layer 0 attention", "moments of output_input"});
  const Graph dense = model.graph();
  Weights weights = dense.weights();
  for (const BlockId block : {first_attention, first_mlp}) take_away(weights, dense.config(), block);
  const Graph empty(dense.config(), weights);
  for (const BlockId block : {first_attention, first_mlp}) {
    CHECK(Wanda(none).scores(empty, block).empty());
    CHECK(WandaOutput(none).scores(empty, block).empty());
    CHECK(OutputNorm(none).scores(empty, block).empty());
    CHECK(Flap(none).scores(empty, block).empty());
    CHECK(L2{}.scores(empty, block).empty());
  }
}

TEST_CASE("the needs of several metrics are put together") {
  constexpr StatisticsNeeds both = Wanda::needs | Flap::needs;
  STATIC_REQUIRE(both == StatisticsNeeds{.block_input = {.moments = true}, .output_input = {.moments = true}});
}
