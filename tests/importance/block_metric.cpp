// SPDX-License-Identifier: MIT
#include <catch2/catch.hpp>
#include <support/expect_error.hpp>
#include <support/one_layer_model.hpp>
#include <support/reference_data.hpp>

#include <multipruner/arch/load.hpp>
#include <multipruner/calibration/gather_statistics.hpp>
#include <multipruner/importance/angular_distance.hpp>
#include <multipruner/importance/block_influence.hpp>
#include <multipruner/importance/relative_magnitude.hpp>

using namespace multipruner;
using namespace multipruner::test;

namespace {

/// Both blocks of the layer, and the layer itself, in round numbers.
ModelStatistics round_numbers(const Graph& graph) {
  ModelStatistics statistics({}, graph.config().blocks);
  statistics.at(first_attention).similarity = StreamSimilarity{8, 2, 6, 4, 0.5};
  statistics.at(first_mlp).similarity = StreamSimilarity{8, 2, 7, 2, 0.25};
  statistics.at(first_mlp).layer_similarity = StreamSimilarity{8, 2, 4, 6, 1};
  return statistics;
}

}  // namespace

TEST_CASE("blocks are scored by means over tokens, and over windows") {
  const Graph graph = OneLayerModel(4, 6, 2, 1, 2).graph();
  const ModelStatistics statistics = round_numbers(graph);
  CHECK(BlockInfluence(statistics).score(graph, first_attention) == 0.25);
  CHECK(RelativeMagnitude(statistics).score(graph, first_attention) == 0.5);
  CHECK(AngularDistance(statistics).score(graph, first_attention) == 0.25);
  for (const BlockId block : {first_attention, first_mlp}) {
    CHECK(BlockInfluence(statistics, StreamSpan::layer).score(graph, block) == 0.5);
    CHECK(RelativeMagnitude(statistics, StreamSpan::layer).score(graph, block) == 0.75);
  }
}

TEST_CASE("blocks are ordered from the lowest score up, ties by position") {
  const Graph graph = OneLayerModel(4, 6, 2, 1, 2).graph();
  const ModelStatistics statistics = round_numbers(graph);
  CHECK(order_blocks(graph, BlockInfluence(statistics)) ==
        std::vector<ScoredBlock>{{first_mlp, 0.125}, {first_attention, 0.25}});
  CHECK(order_blocks(graph, BlockInfluence(statistics, StreamSpan::layer)) ==
        std::vector<ScoredBlock>{{first_attention, 0.5}, {first_mlp, 0.5}});
}

TEST_CASE("block scores that are missing or not finite are refused") {
  const Graph graph = OneLayerModel(4, 6, 2, 1, 2).graph();
  ModelStatistics statistics({}, graph.config().blocks);
  expect_error<OptionError>([&] { (void)order_blocks(graph, BlockInfluence(statistics)); }, {"layer 0 attention"});
  statistics.at(first_attention).similarity.emplace();  // of no token
  expect_error<DataError>([&] { (void)order_blocks(graph, BlockInfluence(statistics)); },
                          {"layer 0 attention", "block-influence"});
}

TEST_CASE("block metrics work on gathered statistics") {
  const Graph graph = load<Llama>(source_path("tests/data/arch/llama-gqa"));
  const TokenWindows windows{6, {1, 5, 3, 2, 7, 1, 9, 9, 4, 3, 0, 2}};
  Workspace workspace;
  const ModelStatistics statistics = gather_statistics(
      ModelView(graph), windows, BlockInfluence::needs | RelativeMagnitude::needs | AngularDistance::needs, workspace);
  for (const ScoredBlock& scored : order_blocks(graph, BlockInfluence(statistics))) {
    CHECK(scored.score > 0);
    CHECK(scored.score < 1);
  }
  CHECK(order_blocks(graph, RelativeMagnitude(statistics)).size() ==
        static_cast<std::size_t>(graph.config().num_blocks()));
}
