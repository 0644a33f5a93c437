// SPDX-License-Identifier: MIT
#include <chrono>
#include <future>
#include <memory>
#include <numeric>
#include <string>
#include <thread>
#include <vector>

#include <catch2/catch.hpp>
#include <support/blocks.hpp>
#include <support/eigen.hpp>
#include <support/expect_error.hpp>
#include <support/half_of_all.hpp>
#include <support/random_windows.hpp>
#include <support/reference_data.hpp>

#include <multipruner/arch/load.hpp>
#include <multipruner/compensation/local_compensation.hpp>
#include <multipruner/compensation/ridge_columns.hpp>
#include <multipruner/compensation/stream_matching.hpp>
#include <multipruner/core/parallel.hpp>
#include <multipruner/evaluation/evaluate_perplexity.hpp>
#include <multipruner/graph/weights_fingerprint.hpp>
#include <multipruner/plan/extract.hpp>

using namespace multipruner;
using namespace multipruner::test;

namespace {

Graph model(const std::string& name = "llama-gqa") {
  return load<>(source_path("tests/data/arch/" + name));
}

ModelStatistics gram_matrices(const Graph& graph, const TokenWindows& windows) {
  Workspace workspace;
  return gather_statistics(ModelView(graph), windows, LocalOutputs::needs, workspace);
}

std::uint64_t bits(const Graph& graph) {
  return fingerprint_of_weights(graph).value();
}

}  // namespace

TEST_CASE("the outputs of every width are the least squares of ridge_columns") {
  for (const char* name : {"llama-gqa", "qwen2", "../families/gemma2", "../families/olmo2"}) {
    const Graph graph = model(name);
    const ModelStatistics statistics = gram_matrices(graph, random_windows(graph, 8, 32));
    const LocalOutputs outputs(graph, statistics, 0.02);
    for (Index position = 0; position < graph.config().num_blocks(); ++position) {
      const BlockId block{position};
      const Index full = graph.width(block), unit = graph.unit_width(block);
      const RowMajor weight = to_eigen(output_matrix(graph, block));
      const MatrixView<const double> gram = statistics.gram(block, Signal::output_input, full).matrix();
      for (Index width = unit; width < full; width += full / 4) {
        std::vector<Index> kept(static_cast<std::size_t>(width));
        std::iota(kept.begin(), kept.end(), Index{0});
        const RowMajor expected = to_eigen(ridge_columns(stored_rows(weight), gram, kept, 0.02).weight);
        const Eigen::MatrixXd found = to_eigen(outputs.output(block, width));
        CAPTURE(name, position, width);
        CHECK((found - expected).norm() < 1e-6 * expected.norm());  // stored in float32
        CHECK((expected - weight.leftCols(width)).norm() > 1e-3 * expected.norm());
      }
    }
  }
}

TEST_CASE("outputs keep the scalar type, are made once, and are the graph's own at full width") {
  const Graph graph = model("llama-gqa-bf16-sharded");
  const ModelStatistics statistics = gram_matrices(graph, random_windows(graph, 4, 16));
  const LocalOutputs outputs(graph, statistics, 0.01);
  const BlockId block = mlp_of(1);
  const Index full = graph.width(block);
  CHECK(outputs.output(block, full).data == output_matrix(graph, block).data);
  const WeightView half = outputs.output(block, full / 2);
  CHECK(half.dtype == DType::bfloat16);
  CHECK(half.columns == full / 2);
  CHECK(outputs.output(block, full / 4).columns == full / 4);
  CHECK(outputs.output(block, full / 2).data == half.data);
  for (const Index width : {Index{0}, full + 1}) {
    expect_error<OptionError>([&] { (void)outputs.output(block, width); }, {"layer 1 mlp", std::to_string(width)});
  }
}

TEST_CASE("a view with outputs runs with them, and is extracted with them") {
  const Graph graph = model();
  const TokenWindows windows = random_windows(graph, 4, 16);
  const auto outputs = LocalCompensation<>().outputs(graph, windows);
  Plan plan = half_of_all(graph);
  plan.remove(attention_of(2));
  const ModelView plain(graph, plan), solved(graph, plan, outputs.get());
  const double loss = evaluate_perplexity(solved, windows).mean_nll;
  CHECK(loss != evaluate_perplexity(plain, windows).mean_nll);
  const Graph extracted = extract(solved);
  CHECK(evaluate_perplexity(ModelView(extracted), windows).mean_nll == loss);
  CHECK(bits(extracted) != bits(extract(plain)));
  CHECK(bits(LocalCompensation<>().compensate(ModelView(graph), plain, windows).graph) == bits(extracted));
}

TEST_CASE("stream matching goes on from local outputs") {
  const Graph graph = model();
  const TokenWindows windows = random_windows(graph, 4, 16);
  const ModelView dense(graph), plain(graph, half_of_all(graph));
  const LocalCompensation<StreamMatching> both({}, StreamMatching({.ridge = 1e9}));  // changes next to nothing
  const Graph local = LocalCompensation<>().compensate(dense, plain, windows).graph;
  const CompensatedModel matched = both.compensate(dense, plain, windows);
  CHECK_FALSE(matched.weights.empty());
  CHECK(evaluate_perplexity(ModelView(matched.graph), windows).mean_nll ==
        Approx(evaluate_perplexity(ModelView(local), windows).mean_nll).epsilon(1e-5));
}

TEST_CASE("local outputs have the same bits for any number of threads and any size of a pass") {
  const Graph graph = model();
  const TokenWindows windows = random_windows(graph, 6, 12);
  const auto fingerprint = [&](int threads, Index rows) {
    ThreadArena arena(threads);
    return arena.execute([&] {
      const LocalCompensation<> local({.rows_per_pass = rows});
      return bits(local.compensate(ModelView(graph), ModelView(graph, half_of_all(graph)), windows).graph);
    });
  };
  const auto expected = fingerprint(1, 4096);
  CHECK(fingerprint(2, 4096) == expected);
  CHECK(fingerprint(4, 24) == expected);
}

TEST_CASE("dead channels and fewer tokens than channels are dampened, and the factor says so") {
  const Graph graph = model();
  const LocalOutputs outputs(graph, gram_matrices(graph, random_windows(graph, 1, 3)), 0);
  const BlockId block = mlp_of(0);
  CHECK(outputs.factor(block).damping.increases > 0);
  CHECK(outputs.factor(block).damping.absolute > 0);
  CHECK(to_eigen(outputs.output(block, graph.width(block) / 2)).allFinite());
  CHECK_THROWS_AS(LocalCompensation<>({.ridge = -1}).outputs(graph, random_windows(graph, 1, 8)), OptionError);
  CHECK_THROWS_AS(LocalCompensation<>().outputs(graph, {}), DataError);
}

TEST_CASE("tasks may ask for outputs, all at once, and get the same as one after the other") {
  struct Work {
    Graph graph = model();
    ModelStatistics statistics = gram_matrices(graph, random_windows(graph, 8, 32));
    LocalOutputs outputs{graph, statistics, 0.02};
    std::vector<WeightView> found = std::vector<WeightView>(2048);
  };
  const auto work = std::make_shared<Work>();
  const auto asked = [](Index i) { return std::pair(mlp_of(i % 4), 1 + i / 4 % 64); };
  std::promise<void> promise;
  std::future<void> done = promise.get_future();
  // A thread of its own, which is left behind where a task waits for itself.
  std::thread([work, asked, promise = std::move(promise)]() mutable {
    ThreadArena arena(4);
    arena.execute([&] {
      parallel_for(static_cast<Index>(work->found.size()), [&](Index i) {
        const auto [block, width] = asked(i);
        work->found[static_cast<std::size_t>(i)] = work->outputs.output(block, width);
      });
    });
    promise.set_value();
  }).detach();
  REQUIRE(done.wait_for(std::chrono::minutes(2)) == std::future_status::ready);
  const LocalOutputs alone(work->graph, work->statistics, 0.02);
  for (std::size_t i = 0; i < work->found.size(); ++i) {
    const auto [block, width] = asked(static_cast<Index>(i));
    const WeightView expected = alone.output(block, width), found = work->found[i];
    REQUIRE(found.memory().size() == expected.memory().size());
    CHECK(std::equal(found.memory().begin(), found.memory().end(), expected.memory().begin()));
    CHECK(work->outputs.output(block, width).data == found.data);
  }
  expect_error<OptionError>([&] { (void)work->outputs.factor(mlp_of(9)); }, {"block 19 of 8"});
}
