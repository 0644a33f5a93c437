// SPDX-License-Identifier: MIT
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <support/blocks.hpp>
#include <support/expect_error.hpp>
#include <support/two_axes.hpp>

#include <multipruner/graph/graph.hpp>

using namespace multipruner;
using namespace multipruner::test;

namespace {

/// A stream that becomes wider in the middle, behind which the blocks are of another kind.
ModelConfig widening() {
  ModelConfig config;
  config.vocab_size = 5;
  config.hidden_size = 4;
  config.num_hidden_layers = 2;
  config.blocks =
      BlockList({BlockSpec::of<GatedMlp>({.intermediate_size = 7}, 0, 4, 6), BlockSpec::of<TwoAxes>({}, 1, 6)});
  return config;
}

/// Every tensor of the unpruned model, in one memory.
struct Lent {
  ModelConfig config = widening();
  std::vector<float> memory = std::vector<float>(256, 0.0f);

  [[nodiscard]] Weights weights() const {
    Weights weights(config);
    for_each_tensor_shape(config, [&](const TensorPlace& place, TensorShape shape) {
      WeightView& view = place.block.position < 0 ? weights.ends[place.slot_index]
                         : place.slot == &shortcut_slot
                             ? weights.shortcuts[static_cast<std::size_t>(place.block.position)]
                             : weights[place.block][place.slot_index];
      view = WeightView(memory.data(), shape.rows, shape.columns);
    });
    return weights;
  }
};

std::vector<std::string> names(const ModelConfig& config, const Weights& weights) {
  std::vector<std::string> names;
  for_each_tensor(config, weights, [&](TensorRole role, Index layer, const WeightView& view) {
    if (view) names.push_back(std::to_string(layer) + " " + std::string(name_of(role)));
  });
  return names;
}

}  // namespace

TEST_CASE("tensors come in the order of the stream, shortcuts behind the tensors of their block") {
  const Lent lent;
  Weights weights = lent.weights();
  CHECK(names(lent.config, weights) == std::vector<std::string>{"-1 embed_tokens", "0 mlp_norm", "0 gate_proj",
                                                                "0 up_proj", "0 down_proj", "0 mlp_shortcut", "1 norm",
                                                                "1 in_proj", "1 scan", "1 out_proj", "1 gain",
                                                                "-1 final_norm", "-1 lm_head"});
  take_away(weights, lent.config, {0});
  CHECK(names(lent.config, weights) == std::vector<std::string>{"-1 embed_tokens", "0 mlp_norm", "0 mlp_shortcut",
                                                                "1 norm", "1 in_proj", "1 scan", "1 out_proj", "1 gain",
                                                                "-1 final_norm", "-1 lm_head"});
}

TEST_CASE("shapes at the ends are those of the stream there") {
  const ModelConfig config = widening();
  CHECK(config.last_stream() == 6);
  CHECK(config.widest_stream() == 6);
  CHECK(Ends::shape(config, Ends::embed_tokens) == std::optional<TensorShape>{{5, 4}});
  CHECK(Ends::shape(config, Ends::final_norm) == std::optional<TensorShape>{{1, 6}});
  CHECK(Ends::shape(config, Ends::lm_head) == std::optional<TensorShape>{{5, 6}});
  for_each_tensor_shape(config, [](const TensorPlace& place, TensorShape shape) {
    if (place.role == TensorRole("mlp_shortcut")) CHECK(place.extents(shape) == std::vector<Index>{6, 4});
    if (place.role == TensorRole("scan")) CHECK(place.extents(shape) == std::vector<Index>{3});
  });
}

TEST_CASE("a graph tells what is left along every axis, and keeps the shortcut of a block that is gone") {
  const Lent lent;
  const auto memory = [&](Index rows, Index columns) { return WeightView(lent.memory.data(), rows, columns); };
  Weights weights = lent.weights();
  CHECK(Graph(lent.config, weights).present({1}) == Choice{{6, 1}});
  take_away(weights, lent.config, {0});
  weights[BlockId{1}][TwoAxes::in_proj] = memory(4, 6);
  weights[BlockId{1}][TwoAxes::out_proj] = memory(6, 4);
  weights[BlockId{1}][TwoAxes::scan] = {};
  const Graph graph(lent.config, weights);
  CHECK_FALSE(graph.has({0}));
  CHECK(graph.shortcut({0}));
  CHECK_FALSE(graph.shortcut({1}));
  CHECK(graph.has({1}));
  CHECK(graph.present({1}) == Choice{{4, 0}});
  CHECK(graph.num_units({{1}, 0}) == 2);
  CHECK(graph.num_units({{1}, 1}) == 0);

  weights.shortcuts[0] = {};
  expect_error<DataError>([&] { Graph(lent.config, weights); }, {"layer 0 mlp_shortcut", "missing"});
  weights = lent.weights();
  weights[BlockId{1}][TwoAxes::out_proj] = memory(6, 4);
  expect_error<DataError>([&] { Graph(lent.config, weights); }, {"layer 1 out_proj"});
}

TEST_CASE("weights are asked only about blocks that they have") {
  Weights weights(widening());
  CHECK(weights[BlockId{1}].size() == TwoAxes::slots.size());
  for (const Index position : {Index{-1}, Index{2}}) {
    expect_error<OptionError>([&] { (void)weights[BlockId{position}]; }, {"weights", "block"});
  }
}
