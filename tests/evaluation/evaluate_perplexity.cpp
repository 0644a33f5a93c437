// SPDX-License-Identifier: MIT
#include <cmath>
#include <random>

#include <catch2/catch.hpp>
#include <support/blocks.hpp>
#include <support/expect_error.hpp>
#include <support/reference_data.hpp>
#include <support/reference_losses.hpp>

#include <multipruner/arch/load.hpp>
#include <multipruner/blocks/workspace.hpp>
#include <multipruner/compensation/local_compensation.hpp>
#include <multipruner/evaluation/evaluate_perplexity.hpp>
#include <multipruner/forward/forward.hpp>
#include <multipruner/tensor/matrix.hpp>

using namespace multipruner;
using namespace multipruner::test;

namespace {

Graph model() {
  return load<Llama>(source_path("tests/data/arch/llama-gqa"));
}

TokenWindows random_windows(Index count, Index length, std::optional<TokenId> ignored_label = std::nullopt) {
  std::mt19937 random(3);
  std::uniform_int_distribution<TokenId> token(0, 9);  // few, so that the ignored label occurs
  std::vector<TokenId> tokens(static_cast<std::size_t>(count * length));
  for (TokenId& id : tokens) id = token(random);
  return {length, std::move(tokens), ignored_label};
}

/// The mean loss of one window by the definition: run alone, next tokens predicted, ignored labels left out.
double reference_window_nll(const ModelView& view, const TokenWindows& windows, Index window) {
  const std::span<const TokenId> tokens = windows.window(window);
  Workspace workspace;
  const Matrix<float> stream = forward(view, tokens, {1, windows.longest()}, workspace);
  double sum = 0;
  int counted = 0;
  for (Index i = 0; i + 1 < windows.longest(); ++i) {
    const TokenId next = tokens[static_cast<std::size_t>(i) + 1];
    if (next == windows.ignored_label()) continue;
    sum += reference_loss(view.graph(), {stream.view().row(i), static_cast<std::size_t>(stream.columns())}, next);
    ++counted;
  }
  return sum / counted;
}

/// Writes down what it is told.
struct Recorder final : ProgressSink {
  void begin(std::string_view work, Index total) override {
    events.push_back("begin " + std::string(work) + " " + std::to_string(total));
  }
  void advance(Index done) override { events.push_back(std::to_string(done)); }
  void end() noexcept override { events.emplace_back("end"); }

  std::vector<std::string> events;
};

}  // namespace

TEST_CASE("perplexity is exp of the mean over windows of each window's mean loss") {
  const Graph graph = model();
  Plan plan(graph);
  const bool pruned = GENERATE(false, true);
  if (pruned) plan.remove(mlp_of(1));
  const ModelView view(graph, plan);
  const auto ignored = GENERATE(std::optional<TokenId>{}, std::optional<TokenId>{4});
  const TokenWindows windows = random_windows(4, 9, ignored);

  double mean = 0;
  const PerplexityResult result = evaluate_perplexity(view, windows);
  REQUIRE(result.window_nll.size() == 4);
  for (Index i = 0; i < 4; ++i) {
    const double expected = reference_window_nll(view, windows, i);
    CHECK(result.window_nll[static_cast<std::size_t>(i)] == Approx(expected).epsilon(1e-6));
    mean += expected / 4;
  }
  CHECK(result.mean_nll == Approx(mean).epsilon(1e-6));
  CHECK(result.perplexity == Approx(std::exp(mean)).epsilon(1e-5));
  CHECK(result.windows == 4);
  CHECK(result.tokens == 36);
  CHECK(perplexity(view, windows) == result.perplexity);
}

TEST_CASE("windows weigh alike, however many labels they ignore") {
  const Graph graph = model();
  const ModelView view(graph);
  const TokenWindows windows{5, {1, 7, 7, 7, 2, 1, 2, 3, 4, 5}, TokenId{7}};  // one label counts, then four
  const PerplexityResult result = evaluate_perplexity(view, windows);
  CHECK(result.mean_nll == (result.window_nll[0] + result.window_nll[1]) / 2);
  CHECK(result.window_nll[0] == Approx(reference_window_nll(view, windows, 0)).epsilon(1e-6));
}

TEST_CASE("the number of windows that run at once changes no bit") {
  const Graph graph = model();
  const ModelView view(graph);
  const TokenWindows windows = random_windows(7, 12);
  const PerplexityResult expected = evaluate_perplexity(view, windows);
  const Index rows_per_pass = GENERATE(0, 1, 12, 25, 36, 1000);
  const PerplexityResult result =
      evaluate_perplexity(view, windows, silent_progress(), {.rows_per_pass = rows_per_pass});
  CHECK(result.window_nll == expected.window_nll);
  CHECK(result.mean_nll == expected.mean_nll);
}

TEST_CASE("evaluation reports how many windows are done") {
  const Graph graph = model();
  Recorder recorder;
  static_cast<void>(evaluate_perplexity(ModelView(graph), random_windows(5, 4), recorder, {.rows_per_pass = 8}));
  CHECK(recorder.events == std::vector<std::string>{"begin perplexity 5", "2", "4", "5", "end"});
}

TEST_CASE("windows that cannot be evaluated are refused") {
  const Graph graph = model();
  const ModelView view(graph);
  const auto refused = [&](const TokenWindows& windows, const std::string& message) {
    expect_error<DataError>([&] { static_cast<void>(evaluate_perplexity(view, windows)); }, {message});
  };
  refused({}, "windows of tokens: there are none");
  refused({8, {}}, "windows of tokens: there are none");
  refused({2, {1, 160}}, "token id 160");
  refused({2, {-1, 5}}, "token id -1");
}
