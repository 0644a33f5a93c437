// SPDX-License-Identifier: MIT
#include <fstream>
#include <map>
#include <random>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <support/blocks.hpp>
#include <support/expect_error.hpp>
#include <support/golden_model.hpp>
#include <support/reference_data.hpp>

#include <multipruner/core/parallel.hpp>
#include <multipruner/forward/forward.hpp>

using namespace multipruner;
using namespace multipruner::test;

namespace {

nlohmann::json read_json(const std::filesystem::path& path) {
  return nlohmann::json::parse(std::ifstream(path));
}

/// Keeps the residual stream before every layer, as transformers' hidden states do.
struct HiddenStates {
  std::map<Index, std::vector<float>> before_layer;

  void operator()(BlockId block, Signal signal, MatrixView<const float> rows) {
    if (!is_mlp(block) && signal == Signal::residual_in) {
      before_layer[layer_of(block)].assign(rows.data, rows.data + rows.rows * rows.columns);
    }
  }
};

}  // namespace

TEST_CASE("logits, hidden states and losses agree with transformers") {
  const std::string name =
      GENERATE("llama-mha", "llama-gqa", "llama-head-dim", "llama-all-biases", "llama-gqa-tied-rope-llama3",
               "llama-gqa-bf16-sharded", "llama-gqa-f16-sharded", "qwen2", "qwen2-untied");
  CAPTURE(name);
  const auto folder = source_path("tests/data/arch/" + name);
  const Graph graph = load<Llama, Qwen2>(folder);
  const ModelView view(graph);
  const GoldenRun run = read_golden(folder / "golden.safetensors");
  const nlohmann::json expected = read_json(folder / "golden.json");

  HiddenStates states;
  Workspace workspace;
  const Matrix<float> stream = forward(view, run.tokens, run.batch(), workspace, states);
  states.before_layer[graph.config().num_hidden_layers].assign(stream.view().data,
                                                               stream.view().data + stream.rows() * stream.columns());
  for (std::size_t layer = 0; layer < run.hidden.size(); ++layer) {
    const auto& actual = states.before_layer.at(static_cast<Index>(layer));
    const MatrixView<const float> rows(actual.data(), 1, static_cast<Index>(actual.size()));
    CHECK(relative_difference(rows, run.hidden[layer]) < 1e-5);
  }
  CHECK(run.hidden.size() == static_cast<std::size_t>(graph.config().num_hidden_layers) + 1);
  CHECK(relative_difference(run_logits(view, run).view(), run.logits) < 1e-5);
  for (Index sequence = 0; sequence < run.sequences; ++sequence) {
    const double reference = expected["mean_nll_float64"][static_cast<std::size_t>(sequence)];
    CHECK(mean_nll(view, run, sequence) == Approx(reference).epsilon(1e-6));
  }
}

TEST_CASE("a sequence's logits do not depend on the sequences beside it") {
  const auto folder = source_path("tests/data/arch/llama-gqa");
  const Graph graph = load<Llama>(folder);
  const GoldenRun both = read_golden(folder / "golden.safetensors");
  GoldenRun second = both;
  second.sequences = 1;
  second.tokens.erase(second.tokens.begin(), second.tokens.begin() + both.length);
  const Matrix<float> together = run_logits(ModelView(graph), both);
  const Matrix<float> alone = run_logits(ModelView(graph), second);
  const float* expected = together.view().row(both.length);
  CHECK(std::equal(expected, expected + alone.rows() * alone.columns(), alone.view().data));
}

TEST_CASE("a whole model computes the same bits on any number of threads, with any sequences beside one another") {
  const Graph graph = load<Llama>(source_path("tests/data/arch/llama-gqa"));
  const ModelView view(graph);
  constexpr Index count = 5, length = 37;
  std::mt19937 random(13);
  std::vector<TokenId> tokens;
  for (Index i = 0; i < count * length; ++i) {
    tokens.push_back(static_cast<TokenId>(random() % static_cast<std::uint32_t>(graph.config().vocab_size)));
  }
  const simd::Compute compute = GENERATE(simd::Compute::float32, simd::Compute::bfloat16);
  const auto run = [&](Index first, Index sequences) {
    Workspace workspace(compute);
    const auto part = std::span(tokens).subspan(static_cast<std::size_t>(first * length),
                                                static_cast<std::size_t>(sequences * length));
    return forward(view, part, {sequences, length}, workspace);
  };
  const Matrix<float> together = run(0, count);
  for (const int threads : {1, 2, 3, 4}) {
    ThreadArena arena(threads);
    arena.execute([&] {
      for (Index first = 0; first < count;) {
        const Index sequences = std::min<Index>(1 + static_cast<Index>(random() % 3), count - first);
        const Matrix<float> part = run(first, sequences);
        const float* expected = together.view().row(first * length);
        CHECK(std::equal(expected, expected + part.rows() * part.columns(), part.view().data));
        first += sequences;
      }
    });
  }
}

TEST_CASE("a forward pass refuses operands that do not go together, in every build") {
  const Graph graph = load<Llama>(source_path("tests/data/arch/llama-gqa"));
  Plan plan(graph);
  plan.remove(mlp_of(1));
  plan.remove(attention_of(1));
  const ModelView view(graph, plan);
  const Index hidden = graph.config().hidden_size;
  Workspace workspace;
  const SequenceBatch batch(2, 3);
  const auto refused = [](auto&& action, const std::vector<std::string>& parts) {
    expect_error<OptionError>(action, parts);
  };
  const std::vector<TokenId> tokens(8, 1);
  for (const std::size_t count : {0, 5, 7, 8}) {
    refused([&] { (void)forward(view, std::span(tokens).first(count), batch, workspace); },
            {"forward", std::to_string(count) + " tokens", "6 rows"});
  }
  Matrix<float> stream(6, hidden), few_rows(5, hidden), many_rows(7, hidden), wide(6, hidden + 1),
      narrow(6, hidden - 1);
  for (Matrix<float>* wrong : {&few_rows, &many_rows, &wide, &narrow}) {
    refused([&] { embed(graph, std::span(tokens).first(6), wrong->view()); }, {"embed", "the stream"});
    refused([&] { run_blocks(view, 0, 1, *wrong, batch, workspace); }, {"the stream"});
  }
  for (Matrix<float>* wrong : {&wide, &narrow}) {
    refused([&] { run_block(view, mlp_of(0), wrong->view(), wrong->view(), batch, workspace); },
            {"run_block", "the stream"});
    refused([&] { run_block(view, mlp_of(0), stream.view(), wrong->view(), batch, workspace); },
            {"run_block", "the stream behind the block"});
  }
  embed(graph, std::span(tokens).first(6), stream.view());
  for (const auto& [first, last] : {std::pair<Index, Index>{-1, 1}, {0, 9}, {3, 2}, {9, 9}}) {
    refused([&, f = first, l = last] { run_blocks(view, f, l, stream, batch, workspace); }, {"run_blocks"});
  }
  for (const Index position : {-1, 8}) {
    refused([&] { run_block(view, {position}, stream.view(), stream.view(), batch, workspace); }, {"block"});
  }
  Matrix<float> apart(6, hidden);
  refused([&] { run_block(view, mlp_of(0), stream.view(), apart.view(), batch, workspace); },
          {"run_block", "in place"});
  std::vector<SequenceState> one;
  one.emplace_back(view, 8);
  for (const BlockId block : {attention_of(0), mlp_of(0)}) {
    refused([&] { run_block(view, block, stream.view(), stream.view(), batch, workspace, {}, one); },
            {"1 for 2 sequences"});
  }

  std::vector<double> nll(6), short_nll(5);
  refused([&] { token_losses(graph, stream.view(), std::span(tokens).first(5), nll, workspace); }, {"labels"});
  refused([&] { token_losses(graph, stream.view(), std::span(tokens).first(6), short_nll, workspace); }, {"nll"});
  refused([&] { token_losses(graph, wide.view(), std::span(tokens).first(6), nll, workspace); }, {"rms_norm"});
  Matrix<float> logits(5, graph.config().vocab_size);
  refused([&] { compute_logits(graph, stream.view(), logits.view(), workspace); }, {"linear"});
}

TEST_CASE("a block that is gone is skipped, and nobody is told of it") {
  const Graph graph = load<Llama>(source_path("tests/data/arch/llama-gqa"));
  Plan plan(graph);
  plan.remove(mlp_of(1));
  plan.remove(attention_of(1));
  const ModelView view(graph, plan);
  const SequenceBatch batch(2, 3);
  Workspace workspace;
  Matrix<float> stream(6, graph.config().hidden_size);
  embed(graph, std::vector<TokenId>(6, 1), stream.view());
  const std::vector<float> before(stream.view().data, stream.view().data + stream.rows() * stream.columns());
  std::vector<Index> seen;
  const auto observer = [&](BlockId block, Signal, MatrixView<const float>) { seen.push_back(block.position); };
  for (const BlockId block : {attention_of(1), mlp_of(1)}) {
    run_block(view, block, stream.view(), stream.view(), batch, workspace, observer);
  }
  run_blocks(view, 2, 4, stream, batch, workspace, observer);
  CHECK(seen.empty());
  CHECK(std::equal(before.begin(), before.end(), stream.view().data));
  run_blocks(view, 0, 8, stream, batch, workspace, observer);
  CHECK(seen.size() == 6 * 4);
  CHECK(std::ranges::is_sorted(seen));
  CHECK_FALSE(std::equal(before.begin(), before.end(), stream.view().data));
}

TEST_CASE("a cache of another model is refused by a forward pass") {
  const Graph graph = load<Llama>(source_path("tests/data/arch/llama-gqa"));
  Plan narrow(graph), without(graph);
  narrow.set_width(attention_of(2), graph.unit_width(attention_of(2)));
  without.remove(attention_of(0));
  Workspace workspace;
  const std::vector<TokenId> tokens(3, 1);
  for (const auto& [plan, part] : {std::pair{narrow, "the keys"}, std::pair{without, "has none"}}) {
    std::vector<SequenceState> states;
    states.emplace_back(ModelView(graph, plan), 8);
    expect_error<OptionError>(
        [&] { (void)forward(ModelView(graph), tokens, SequenceBatch(1, 3), workspace, {}, states); },
        {"key/value cache", part});
  }
}
