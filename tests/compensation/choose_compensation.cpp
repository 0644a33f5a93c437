// SPDX-License-Identifier: MIT
#include <cmath>
#include <map>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include <catch2/catch.hpp>
#include <support/blocks.hpp>
#include <support/eigen.hpp>
#include <support/expect_error.hpp>
#include <support/reference_data.hpp>

#include <multipruner/arch/load.hpp>
#include <multipruner/compensation/choose_compensation.hpp>
#include <multipruner/plan/extract.hpp>

using namespace multipruner;
using namespace multipruner::test;

namespace {

/// Changes nothing, but for the name of the folder that the result says it is from.
struct Pretend {
  static constexpr std::string_view name = "pretend";
  double ridge;

  [[nodiscard]] CompensatedModel compensate(const ModelView&, const ModelView& pruned, const TokenWindows& windows,
                                            ProgressSink&) const {
    CHECK(windows.count() == 6);
    Origin origin = pruned.graph().origin();
    origin.directory = std::to_string(ridge);
    return {Graph(pruned.config(), pruned.weights(), pruned.graph().storage(), origin)};
  }
};

TokenWindows eight_windows() {
  std::vector<TokenId> tokens(16);
  std::iota(tokens.begin(), tokens.end(), 0);
  return {2, std::move(tokens)};
}

CompensationChoice choose(const std::map<double, double>& loss_of_ridge, const TrialMemory& memory = {}) {
  const Graph graph = load<>(source_path("tests/data/arch/llama-gqa"));
  std::vector<double> ridges;
  for (const auto& [ridge, loss] : loss_of_ridge) ridges.push_back(ridge);
  const auto loss = [&](const ModelView& view, const TokenWindows& windows) {
    CHECK(windows.tokens() == std::vector<TokenId>{6, 7, 14, 15});
    if (view.graph().origin().directory == graph.origin().directory) return 3.0;
    return loss_of_ridge.at(std::stod(view.graph().origin().directory.string()));
  };
  return choose_compensation(
      ModelView(graph), ModelView(graph), eight_windows(), ridges, [](double ridge) { return Pretend{ridge}; }, loss,
      silent_progress(), memory);
}

}  // namespace

TEST_CASE("of trials whose losses are known, the chosen one alone is solved again, to the same choice") {
  const std::map<double, double> losses{{0.25, 2.5}, {0.5, 2.0}, {1, 2.75}};
  const CompensationChoice expected = choose(losses);
  for (const std::map<double, double>& known :
       {std::map<double, double>{}, {{0.25, 2.5}}, {{0.25, 2.5}, {0.5, 2.0}}, losses}) {
    std::map<double, double> noted = known;
    const TrialMemory memory{.find =
                                 [&](double ridge) {
                                   const auto found = noted.find(ridge);
                                   return found == noted.end() ? std::nullopt : std::optional(found->second);
                                 },
                             .add = [&](double ridge, double loss) { CHECK(noted.emplace(ridge, loss).second); }};
    // What is known need not be measured: another loss there would be found out.
    std::map<double, double> to_measure = losses;
    for (const auto& [ridge, loss] : known) to_measure[ridge] = 99;
    const CompensationChoice choice = choose(to_measure, memory);
    CHECK(noted == losses);
    CHECK(choice.ridge == expected.ridge);
    CHECK(choice.loss == expected.loss);
    CHECK(choice.tried.size() == 3);
    REQUIRE(choice.model);
    CHECK(choice.model->graph.origin().directory == expected.model->graph.origin().directory);
  }
  // None of them: nothing is solved.
  const TrialMemory worse{.find = [](double) { return std::optional(9.0); }};
  CHECK_FALSE(choose(losses, worse).model);
}

TEST_CASE("the setting that is best on held-out windows is chosen") {
  const CompensationChoice choice = choose({{0.25, 2.5}, {0.5, 2.0}, {1, 2.75}});
  REQUIRE(choice.model);
  CHECK(choice.ridge == 0.5);
  CHECK(choice.loss == 2.0);
  CHECK(choice.loss_without == 3.0);
  CHECK(choice.tried.size() == 3);
}

TEST_CASE("compensation that does harm is not applied") {
  const CompensationChoice choice = choose({{0.25, 3.5}, {0.5, std::nan("")}, {1, 3.0}});
  CHECK_FALSE(choice.model);
  CHECK(choice.loss == 3.0);
}

TEST_CASE("what the view has for narrowed blocks is tried alone, and kept if nothing is better") {
  const Graph graph = load<>(source_path("tests/data/arch/llama-gqa"));
  const BlockId block = mlp_of(0);
  Plan plan(graph);
  plan.set_width(block, 16);
  struct LastColumns final : BlockSource {
    const Graph& graph;
    explicit LastColumns(const Graph& of) : graph(of) {}

    [[nodiscard]] WeightView output(BlockId narrow, Index width) const {
      const WeightView& whole = output_matrix(graph, narrow);
      return whole.column_range(whole.columns - width, width);
    }
    [[nodiscard]] BlockView block(BlockId narrow, const Choice& choice) const override {
      BlockView view = narrowed(graph, narrow, choice);
      view.tensors[*view.spec->kind().output_slot(0)] = output(narrow, choice[0]);
      return view;
    }
    [[nodiscard]] std::string identity() const override { return "last columns"; }
  };
  const LastColumns last(graph);
  const auto choose = [&](double loss_of_outputs) {
    const auto loss = [&](const ModelView& view, const TokenWindows&) {
      const Eigen::MatrixXd weight = to_eigen(view.block(block)[GatedMlp::down_proj]);
      return weight == to_eigen(last.output(block, 16)) ? loss_of_outputs : 3.0;
    };
    return choose_compensation(
        ModelView(graph), {graph, plan, &last}, eight_windows(), {0.5}, [](double ridge) { return Pretend{ridge}; },
        loss);
  };
  const CompensationChoice better = choose(2.0), worse = choose(4.0);
  REQUIRE(better.model);
  CHECK_FALSE(better.ridge);
  CHECK(better.loss_without == 3.0);
  CHECK(better.loss == 2.0);
  CHECK(better.tried.size() == 2);
  CHECK_FALSE(worse.model);
  CHECK(worse.loss == 3.0);
}

TEST_CASE("windows that differ in length, or have a mask, are held out as they are") {
  const HeldOutSplit split = split_held_out({{1, 2, 3, 4, 5, 6, 7}, {0, 2, 7}});
  CHECK(split.fit == TokenWindows({1, 2}, {0, 2}));
  CHECK(split.held_out == TokenWindows({3, 4, 5, 6, 7}, {0, 5}));
  const HeldOutSplit masked = split_held_out({{1, 2, 3, 4}, {0, 2, 4}, {true, false, true, true}});
  CHECK(masked.fit == TokenWindows({1, 2}, {0, 2}, {true, false}));
  CHECK(masked.held_out == TokenWindows({3, 4}, {0, 2}, {true, true}));
}

TEST_CASE("few windows are cut before some are held out") {
  const auto lengths = [](Index count, Index length) {
    const TokenWindows windows(length, std::vector<TokenId>(static_cast<std::size_t>(count * length)));
    const HeldOutSplit split = split_held_out(windows);
    return std::vector<Index>{split.fit.longest(), split.fit.count(), split.held_out.count()};
  };
  CHECK(lengths(4, 10) == std::vector<Index>{10, 3, 1});
  CHECK(lengths(9, 10) == std::vector<Index>{10, 7, 2});
  CHECK(lengths(1, 100) == std::vector<Index>{25, 3, 1});
  CHECK(lengths(3, 7) == std::vector<Index>{5, 3, 1});
  CHECK(lengths(2, 2) == std::vector<Index>{2, 1, 1});
  expect_error<DataError>([&] { lengths(1, 2); }, {"too few"});
}
