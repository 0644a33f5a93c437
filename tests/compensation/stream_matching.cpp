// SPDX-License-Identifier: MIT
#include <catch2/catch.hpp>
#include <support/blocks.hpp>
#include <support/eigen.hpp>
#include <support/expect_error.hpp>
#include <support/half_of_all.hpp>
#include <support/random_windows.hpp>
#include <support/reference_data.hpp>

#include <multipruner/arch/load.hpp>
#include <multipruner/calibration/window_range.hpp>
#include <multipruner/compensation/stream_matching.hpp>
#include <multipruner/core/parallel.hpp>
#include <multipruner/evaluation/evaluate_perplexity.hpp>
#include <multipruner/forward/forward.hpp>
#include <multipruner/graph/weights_fingerprint.hpp>
#include <multipruner/plan/extract.hpp>

using namespace multipruner;
using namespace multipruner::test;

namespace {

Graph model(const char* name = "llama-gqa") {
  return load<>(source_path(std::string("tests/data/arch/") + name));
}

/// The residual stream behind a block, and the input of its output matrix.
struct Walk {
  Eigen::MatrixXd stream, input;
};

Walk walk(const ModelView& view, const TokenWindows& windows, Index position) {
  Walk result;
  const auto copy = [](MatrixView<const float> rows) {
    Eigen::MatrixXd matrix(rows.rows, rows.columns);
    for (Index i = 0; i < rows.rows; ++i) {
      for (Index j = 0; j < rows.columns; ++j) matrix(i, j) = static_cast<double>(rows.row(i)[j]);
    }
    return matrix;
  };
  const auto observer = [&](BlockId block, Signal signal, MatrixView<const float> rows) {
    if (signal == Signal::output_input && block.position == position) result.input = copy(rows);
  };
  Matrix<float> stream(static_cast<Index>(windows.tokens().size()), view.config().hidden_size);
  embed(view.graph(), windows.tokens(), stream.view());
  Workspace workspace;
  run_blocks(view, 0, position + 1, stream, WindowRange{&windows, 0, windows.count()}.batch(), workspace, observer);
  result.stream = copy(stream.view());
  return result;
}

double total(const std::vector<SolvedWeight>& weights, double SolvedWeight::*which) {
  double sum = 0;
  for (const SolvedWeight& weight : weights) sum += weight.*which;
  return sum;
}

}  // namespace

TEST_CASE("each output matrix solves the normal equations of the stream that arrives at it") {
  const Graph graph = model();
  const TokenWindows windows = random_windows(graph, 12, 16);
  Plan plan = half_of_all(graph);
  plan.remove(attention_of(1));
  const ModelView dense(graph), pruned(graph, plan);
  constexpr double ridge = 0.05;
  const CompensatedModel result = StreamMatching({.ridge = ridge}).compensate(dense, pruned, windows);
  CHECK(Plan(result.graph) == plan);
  CHECK(result.weights.size() == static_cast<std::size_t>(plan.num_blocks() - 1));
  for (const SolvedWeight& solved : result.weights) {
    const BlockId block = solved.axis.block;
    const Index position = block.position;
    CAPTURE(position);
    const Walk target = walk(dense, windows, position), reached = walk(ModelView(result.graph), windows, position);
    const Graph before = extract(pruned);
    const Eigen::MatrixXd old_weight = to_eigen(output_matrix(before, block)),
                          new_weight = to_eigen(output_matrix(result.graph, block));
    const Eigen::MatrixXd& a = reached.input;
    const double mu = ridge * (a.transpose() * a).diagonal().mean();
    // The gradient of ‖x̂ + W'â − x⁺‖² + μ‖W' − W‖² vanishes.
    const Eigen::MatrixXd gradient = (reached.stream - target.stream).transpose() * a + mu * (new_weight - old_weight);
    CHECK(gradient.norm() < 1e-4 * ((target.stream.transpose() * a).norm() + 1));
    CHECK(solved.damping.absolute == Approx(mu).epsilon(1e-4));
    CHECK(solved.after <= solved.before);
    CHECK(solved.after == Approx((reached.stream - target.stream).squaredNorm()).epsilon(1e-3));
  }
  CHECK(total(result.weights, &SolvedWeight::after) < 0.9 * total(result.weights, &SolvedWeight::before));
}

TEST_CASE("windows may differ in length, and how many run together changes no bit") {
  const Graph graph = model();
  const TokenWindows windows(random_windows(graph, 12, 16).tokens(), {0, 30, 32, 75, 100, 160, 192});
  const ModelView dense(graph), pruned(graph, half_of_all(graph));
  const auto fingerprint = [&](Index rows) {
    const StreamMatching matching({.ridge = 0.05, .rows_per_pass = rows});
    return fingerprint_of_weights(matching.compensate(dense, pruned, windows).graph).value();
  };
  const auto expected = fingerprint(1);
  CHECK(fingerprint(70) == expected);
  CHECK(fingerprint(4096) == expected);
}

TEST_CASE("where nothing is removed, nothing changes") {
  const Graph graph = model("qwen2");
  const TokenWindows windows = random_windows(graph, 4, 8);
  const CompensatedModel result = StreamMatching().compensate(ModelView(graph), ModelView(graph), windows);
  CHECK(fingerprint_of_weights(result.graph).value() == fingerprint_of_weights(graph).value());
  CHECK(total(result.weights, &SolvedWeight::before) == 0);
}

TEST_CASE("biases that a model has are solved with its output matrices") {
  const Graph graph = model("llama-all-biases");
  const TokenWindows windows = random_windows(graph, 9, 24);
  Plan plan = half_of_all(graph);
  plan.remove(attention_of(1));
  const ModelView dense(graph), pruned(graph, plan);
  constexpr double ridge = 0.05;
  const CompensatedModel free = StreamMatching({.ridge = ridge, .bias = true}).compensate(dense, pruned, windows);
  const CompensatedModel fixed = StreamMatching({.ridge = ridge}).compensate(dense, pruned, windows);
  CHECK(total(free.weights, &SolvedWeight::after) < total(fixed.weights, &SolvedWeight::after));
  for (const SolvedWeight& solved : free.weights) {
    const BlockId block = solved.axis.block;
    const Index position = block.position;
    CAPTURE(position);
    const Walk target = walk(dense, windows, position), reached = walk(ModelView(free.graph), windows, position);
    const Graph before = extract(pruned);
    const Eigen::MatrixXd change = to_eigen(output_matrix(free.graph, block)) - to_eigen(output_matrix(before, block));
    const Eigen::RowVectorXd mean = reached.input.colwise().mean();
    const Eigen::MatrixXd a = reached.input.rowwise() - mean;
    const double mu = ridge * (a.transpose() * a).diagonal().mean();
    // Both gradients of ‖x̂ + W'â + b' − x⁺‖² + μ‖W' − W‖² vanish.
    const Eigen::MatrixXd error = reached.stream - target.stream;
    const Eigen::VectorXd by_bias = error.colwise().mean();
    const Eigen::MatrixXd by_weight = error.transpose() * reached.input + mu * change;
    CHECK(by_bias.norm() < 1e-5 * target.stream.rowwise().norm().mean());
    CHECK(by_weight.norm() < 2e-4 * (target.stream.transpose() * reached.input).norm());
    CHECK(output_bias(free.graph, block).dtype == output_bias(before, block).dtype);
  }
  const Graph without = model();
  expect_error<OptionError>(
      [&] {
        (void)StreamMatching({.bias = true})
            .compensate(ModelView(without), ModelView(without), random_windows(without, 1, 8));
      },
      {"bias", "llama"});
}

TEST_CASE("the same bits for any number of threads and any part size") {
  const Graph graph = model();
  const TokenWindows windows = random_windows(graph, 7, 12);
  const ModelView dense(graph), pruned(graph, half_of_all(graph));
  const auto bits = [&](int threads, Index rows_per_pass) {
    ThreadArena arena(threads);
    return arena.execute([&] {
      const StreamMatching matching({.rows_per_pass = rows_per_pass});
      return fingerprint_of_weights(matching.compensate(dense, pruned, windows).graph).value();
    });
  };
  const auto expected = bits(1, 4096);
  CHECK(bits(2, 4096) == expected);
  CHECK(bits(4, 24) == expected);
  CHECK(bits(3, 1) == expected);
}

TEST_CASE("dead inputs and fewer tokens than columns are dampened") {
  const Graph graph = model();
  const TokenWindows windows = random_windows(graph, 1, 3);
  const CompensatedModel result =
      StreamMatching({.ridge = 0}).compensate(ModelView(graph), ModelView(graph, half_of_all(graph)), windows);
  for (const SolvedWeight& solved : result.weights) {
    CHECK(solved.damping.increases > 0);
    CHECK(solved.damping.absolute > 0);
  }
  CHECK(std::isfinite(evaluate_perplexity(ModelView(result.graph), windows).mean_nll));
}

TEST_CASE("what cannot be compensated is refused by name") {
  const Graph graph = model(), other = model("qwen2");
  const TokenWindows windows = random_windows(graph, 1, 4);
  expect_error<OptionError>([&] { (void)StreamMatching().compensate(ModelView(graph), ModelView(other), windows); },
                            {"compensation", "not of one model"});
  expect_error<DataError>([&] { (void)StreamMatching().compensate(ModelView(graph), ModelView(graph), {}); },
                          {"windows"});
}

TEST_CASE("models that norm what blocks add are refused before anything is computed, naming the block") {
  const Graph graph = load<>(source_path("tests/data/families/gemma2"));
  expect_error<UnsupportedError>([&] { StreamMatching().require_applicable(graph.config()); },
                                 {"layer 0 attention", "norms it"});
  expect_error<UnsupportedError>(
      [&] { (void)StreamMatching().compensate(ModelView(graph), ModelView(graph), random_windows(graph, 2, 8)); },
      {"layer 0 attention", "norms it"});
}

TEST_CASE("what blocks add being multiplied is made up for, too") {
  const Graph graph = model("llama-mha");
  // The same model with half of what is added, and output matrices twice as large: powers of two change no bit.
  std::vector<BlockSpec> blocks;
  std::vector<std::vector<float>> doubled;
  Weights weights = graph.weights();
  for (Index position = 0; position < graph.num_blocks(); ++position) {
    const BlockSpec& block = graph.spec({position});
    WeightView& output = weights[BlockId{position}][is_mlp({position}) ? +GatedMlp::down_proj : +Attention::o_proj];
    const auto* const values = static_cast<const float*>(output.data);
    std::vector<float>& twice = doubled.emplace_back(values, values + output.size());
    for (float& value : twice) value *= 2;
    output = WeightView(twice.data(), output.rows, output.columns);
    if (const AttentionSpec* attention = block.as<Attention>()) {
      AttentionSpec half = *attention;
      half.frame.residual_multiplier = 0.5;
      blocks.push_back(BlockSpec::of<Attention>(half, block.layer(), block.stream_in()));
    } else {
      GatedMlpSpec half = *block.as<GatedMlp>();
      half.frame.residual_multiplier = 0.5;
      blocks.push_back(BlockSpec::of<GatedMlp>(half, block.layer(), block.stream_in()));
    }
  }
  ModelConfig config = graph.config();
  config.blocks = BlockList(blocks);
  const Graph halved(config, weights);
  const TokenWindows windows = random_windows(graph, 12, 16);
  const Plan plan = half_of_all(graph);
  const CompensatedModel expected = StreamMatching().compensate(ModelView(graph), ModelView(graph, plan), windows);
  const CompensatedModel made = StreamMatching().compensate(ModelView(halved), ModelView(halved, plan), windows);
  CHECK(perplexity(ModelView(made.graph), windows) == perplexity(ModelView(expected.graph), windows));
  CHECK(total(made.weights, &SolvedWeight::after) < total(made.weights, &SolvedWeight::before));
}
