// SPDX-License-Identifier: MIT
#include <algorithm>

#include <catch2/catch.hpp>
#include <support/one_layer_model.hpp>

#include <multipruner/importance/random.hpp>

using namespace multipruner;
using namespace multipruner::test;

TEST_CASE("random scores depend on the seed and the block alone") {
  const Graph graph = OneLayerModel(4, 50, 4, 2, 2).graph();
  const std::vector<double> scores = Random{3}.scores(graph, first_mlp);
  CHECK(scores.size() == 50);
  CHECK(scores == Random{3}.scores(graph, first_mlp));
  CHECK(scores != Random{4}.scores(graph, first_mlp));
  CHECK(std::ranges::all_of(scores, [](double score) { return score >= 0 && score < 1; }));
  const std::vector<double> groups = Random{3}.scores(graph, first_attention);
  CHECK(groups.size() == 2);
  CHECK(groups[0] != scores[0]);
}
