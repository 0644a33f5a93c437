// SPDX-License-Identifier: MIT
#include <catch2/catch.hpp>
#include <support/blocks.hpp>
#include <support/golden_model.hpp>
#include <support/reference_data.hpp>

#include <multipruner/importance/l1.hpp>
#include <multipruner/importance/reorder.hpp>
#include <multipruner/io/json_file.hpp>

using namespace multipruner;
using namespace multipruner::test;

namespace {

std::vector<Index> indices(const nlohmann::json& json) {
  return json.get<std::vector<Index>>();
}

/// Scores given by the test, to see what is made of them.
struct GivenScores {
  static constexpr std::string_view name = "given";
  std::vector<double> given;
  std::vector<double> scores(const Graph& graph, BlockAxis axis) const {
    return {given.begin(), given.begin() + graph.num_units(axis)};
  }
};

struct TooFew {
  static constexpr std::string_view name = "too few";
  std::vector<double> scores(const Graph&, BlockAxis) const { return {1.0}; }
};

}  // namespace

TEST_CASE("L1 scores and permutations are those of the oracle") {
  const std::string model = GENERATE("llama-gqa", "qwen2");
  const Graph graph = load<Llama, Qwen2>(source_path("tests/data/arch/" + model));
  const UnitOrder order = order_units<L1>(graph);
  const nlohmann::json expected = read_json_file(source_path("tests/data/pruned/" + model + "/reorder.json"));
  for (const auto& layer : expected["layers"]) {
    const auto i = layer["layer"].get<Index>();
    const BlockId mlp = mlp_of(i), attention = attention_of(i);
    CHECK(order[static_cast<std::size_t>(mlp.position)][0] == indices(layer["mlp_permutation"]));
    CHECK(order[static_cast<std::size_t>(attention.position)][0] == indices(layer["kv_group_permutation"]));
    const auto scores = L1{}.scores(graph, mlp);
    for (std::size_t j = 0; j < scores.size(); ++j) CHECK(scores[j] == Approx(layer["mlp_score"][j]).epsilon(1e-12));
  }
}

TEST_CASE("reordering keeps the function") {
  const std::string model = GENERATE("llama-gqa", "llama-all-biases", "llama-gqa-bf16-sharded", "qwen2");
  const auto folder = source_path("tests/data/arch/" + model);
  const Graph graph = load<Llama, Qwen2>(folder);
  const Graph reordered = reorder(graph, order_units<L1>(graph));
  const GoldenRun run = read_golden(folder / "golden.safetensors");
  CHECK(relative_difference(run_logits(ModelView(reordered), run).view(), run.logits) < 1e-5);
  CHECK(reordered.embed_tokens().data == graph.embed_tokens().data);
}

TEST_CASE("equal scores keep their order, and scores must be finite") {
  const Graph graph = load<Llama>(source_path("tests/data/arch/llama-mha"));
  GivenScores metric{std::vector<double>(1000, 1.0)};
  metric.given[2] = 2.0;
  const UnitOrder order = order_units(graph, metric);
  CHECK(order[1][0][0] == 2);
  CHECK(order[1][0][1] == 0);
  CHECK(order[1][0][2] == 1);
  CHECK(order[1][0][3] == 3);
  metric.given[1] = std::nan("");
  CHECK_THROWS_AS(order_units(graph, metric), DataError);
}

TEST_CASE("an order that is no permutation of the units is refused") {
  const Graph graph = load<Llama>(source_path("tests/data/arch/llama-mha"));
  const UnitOrder good = order_units<L1>(graph);
  UnitOrder order = good;
  order[1][0].pop_back();
  CHECK_THROWS_AS(reorder(graph, order), OptionError);
  order = good;
  order[1][0][0] = order[1][0][1];
  CHECK_THROWS_AS(reorder(graph, order), OptionError);
  order = good;
  order[0][0][0] = 1000000;
  CHECK_THROWS_AS(reorder(graph, order), OptionError);
  order = good;
  order.pop_back();
  CHECK_THROWS_AS(reorder(graph, order), OptionError);
}

TEST_CASE("a metric that does not score every unit is refused") {
  CHECK_THROWS_AS(order_units<TooFew>(load<Llama>(source_path("tests/data/arch/llama-mha"))), OptionError);
}
