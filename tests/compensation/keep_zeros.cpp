// SPDX-License-Identifier: MIT
#include <numeric>

#include <catch2/catch.hpp>
#include <support/blocks.hpp>
#include <support/eigen.hpp>
#include <support/expect_error.hpp>
#include <support/half_of_all.hpp>
#include <support/masked_model.hpp>
#include <support/random_windows.hpp>
#include <support/reference_data.hpp>

#include <multipruner/arch/load.hpp>
#include <multipruner/compensation/local_compensation.hpp>
#include <multipruner/compensation/masked_ridge_columns.hpp>
#include <multipruner/compensation/stream_matching.hpp>
#include <multipruner/evaluation/evaluate_perplexity.hpp>
#include <multipruner/graph/weights_fingerprint.hpp>
#include <multipruner/plan/extract.hpp>
#include <multipruner/sparsity/sparsity.hpp>

using namespace multipruner;
using namespace multipruner::test;

namespace {

Graph model(const char* name = "llama-gqa") {
  return load<>(source_path(std::string("tests/data/arch/") + name));
}

const LinearZeros& zeros_of_kind(const std::vector<LinearZeros>& kinds, TensorRole role) {
  return *std::ranges::find(kinds, role, &LinearZeros::role);
}

/// The share of zeros in o_proj and down_proj together.
void check_outputs(const Graph& graph, bool kept, std::optional<NOfM> pattern) {
  const std::vector<LinearZeros> kinds = linear_zeros(ModelView(graph));
  for (const TensorRole role : {TensorRole("o_proj"), TensorRole("down_proj")}) {
    const LinearZeros& zeros = zeros_of_kind(kinds, role);
    CAPTURE(name_of(role), zeros.share());
    CHECK((kept ? zeros.share() == 50 : zeros.share() < 1));
    CHECK(zeros.pattern == (kept ? pattern : std::nullopt));
  }
}

}  // namespace

TEST_CASE("stream matching keeps the zeros of a masked model, and still comes nearer to the dense one") {
  for (const char* name : {"llama-gqa", "llama-all-biases", "llama-gqa-bf16-sharded"}) {
    const Graph dense = model(name), graph = masked_model(dense, {2, 4});
    const TokenWindows windows = random_windows(graph, 12, 16);
    Plan plan = half_of_all(graph);
    plan.remove(attention_of(1));
    const bool bias = dense.config().blocks[mlp_of(0)].as<GatedMlp>()->bias;
    const ModelView pruned(graph, plan);
    const CompensatedModel kept =
        StreamMatching({.bias = bias, .keep_zeros = true}).compensate(ModelView(graph), pruned, windows);
    CAPTURE(name);
    CHECK(zeros_of_kind(linear_zeros(ModelView(kept.graph)), TensorRole("down_proj")).share() == 50);
    CHECK(zeros_of_kind(linear_zeros(ModelView(kept.graph)), TensorRole("down_proj")).pattern == NOfM{2, 4});
    for (const SolvedWeight& weight : kept.weights) {
      CHECK(weight.iterations > 0);
      CHECK(weight.unconverged_rows == 0);
      CHECK(weight.masked);
      CHECK(weight.after < weight.before);
    }
  }
}

TEST_CASE("without the option stream matching and local compensation fill the zeros") {
  const Graph graph = masked_model(model(), {2, 4});
  const TokenWindows windows = random_windows(graph, 12, 16);
  const ModelView dense(graph), pruned(graph, half_of_all(graph));
  check_outputs(StreamMatching().compensate(dense, pruned, windows).graph, false, {});
  check_outputs(LocalCompensation<>().compensate(dense, pruned, windows).graph, false, {});
  check_outputs(StreamMatching({.keep_zeros = true}).compensate(dense, pruned, windows).graph, true, NOfM{2, 4});
  check_outputs(LocalCompensation<>({.keep_zeros = true}).compensate(dense, pruned, windows).graph, true, NOfM{2, 4});
}

TEST_CASE("an unstructured mask is kept weight by weight") {
  const Graph graph = masked_model(model(), {8, 16});
  const TokenWindows windows = random_windows(graph, 12, 16);
  const Plan plan = half_of_all(graph);
  const ModelView dense(graph), pruned(graph, plan);
  const LocalCompensation<StreamMatching> both({.keep_zeros = true}, StreamMatching({.keep_zeros = true}));
  const Graph smaller = both.compensate(dense, pruned, windows).graph;
  const Graph before = extract(pruned);
  for (Index position = 0; position < plan.num_blocks(); ++position) {
    const BlockId block{position};
    CHECK(zeros_of(output_matrix(before, block)) == zeros_of(output_matrix(smaller, block)));
  }
}

TEST_CASE("each row under a mask solves the normal equations of the stream on its own columns") {
  const Graph graph = masked_model(model(), {2, 4});
  const TokenWindows windows = random_windows(graph, 12, 16);
  const ModelView dense(graph), pruned(graph, half_of_all(graph));
  const auto squared_error = [&](StreamMatchingOptions options) {
    options.ridge = 1e-6;  // nothing but the error counts
    return StreamMatching(options).compensate(dense, pruned, windows).weights.front().after;
  };
  const double kept = squared_error({.keep_zeros = true, .masked_solve = {.iterations = 2000, .tolerance = 1e-10}});
  CHECK(kept > squared_error({}));  // has fewer weights to do it with
  CHECK(kept < squared_error({.keep_zeros = true, .masked_solve = {.iterations = 3}}));
}

TEST_CASE("masked outputs are the least squares under the mask, made once, and the graph's own at full width") {
  const Graph graph = masked_model(model(), {2, 4});
  const TokenWindows windows = random_windows(graph, 8, 32);
  Workspace workspace;
  const ModelStatistics statistics = gather_statistics(ModelView(graph), windows, MaskedOutputs::needs, workspace);
  const MaskedOutputs outputs(graph, statistics, 0.02);
  for (Index position = 0; position < graph.config().num_blocks(); ++position) {
    const BlockId block{position};
    const Index full = graph.width(block), half = full / 2;
    const WeightView original = output_matrix(graph, block);
    std::vector<Index> kept(static_cast<std::size_t>(half));
    std::iota(kept.begin(), kept.end(), Index{0});
    const RowMajor expected =
        to_eigen(masked_ridge_columns(to_weight_matrix(original).view(), zeros_of(original),
                                      statistics.gram(block, Signal::output_input, full).matrix(), kept, 0.02)
                     .weight);
    const WeightView found = outputs.output(block, half);
    CHECK((to_eigen(found) - expected).norm() < 1e-6 * expected.norm());
    CHECK(zeros_of(found) == zeros_of(original.column_range(0, half)));
    CHECK(outputs.output(block, half).data == found.data);
    CHECK(outputs.output(block, full).data == original.data);
    for (const Index width : {Index{0}, full + 1}) {
      expect_error<OptionError>([&] { (void)outputs.output(block, width); },
                                {graph.label(block), std::to_string(width)});
    }
  }
  CHECK_THROWS_AS(MaskedOutputs(graph, statistics, -1), OptionError);
}

TEST_CASE("of a model without a mask, stream matching is what it is without the option, and local outputs nearly") {
  const Graph graph = model();
  const TokenWindows windows = random_windows(graph, 6, 16);
  const ModelView dense(graph), pruned(graph, half_of_all(graph));
  const auto bits = [](const CompensatedModel& result) { return fingerprint_of_weights(result.graph).value(); };
  CHECK(bits(StreamMatching({.keep_zeros = true}).compensate(dense, pruned, windows)) ==
        bits(StreamMatching().compensate(dense, pruned, windows)));
  const auto loss = [&](bool keep_zeros) {
    const Graph smaller = LocalCompensation<>({.keep_zeros = keep_zeros}).compensate(dense, pruned, windows).graph;
    return evaluate_perplexity(ModelView(smaller), windows).mean_nll;
  };
  CHECK(loss(true) == Approx(loss(false)).epsilon(1e-5));
}

TEST_CASE("a kept mask gives the same bits for any number of threads and any size of a pass") {
  const Graph graph = masked_model(model(), {2, 4});
  const TokenWindows windows = random_windows(graph, 6, 12);
  const auto fingerprint = [&](int threads, Index rows) {
    ThreadArena arena(threads);
    return arena.execute([&] {
      const LocalCompensation<StreamMatching> both({.keep_zeros = true, .rows_per_pass = rows},
                                                   StreamMatching({.keep_zeros = true, .rows_per_pass = rows}));
      const ModelView pruned(graph, half_of_all(graph));
      return fingerprint_of_weights(both.compensate(ModelView(graph), pruned, windows).graph).value();
    });
  };
  const auto expected = fingerprint(1, 4096);
  CHECK(fingerprint(4, 24) == expected);
}
