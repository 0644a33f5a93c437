// SPDX-License-Identifier: MIT
#include <limits>
#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <support/blocks.hpp>
#include <support/expect_error.hpp>

#include <multipruner/arch/decoder_config.hpp>
#include <multipruner/graph/graph.hpp>
#include <multipruner/graph/weights.hpp>

using namespace multipruner;
using namespace multipruner::test;

namespace {

/// A model with all biases over memory that lives as long as the test; every tensor sees the same zeros.
struct Lent {
  DecoderConfig decoder;
  ModelConfig config;
  std::vector<float> memory = std::vector<float>(256, 0.0f);

  Lent() {
    decoder.vocab_size = 5;
    decoder.hidden_size = 6;
    decoder.intermediate_size = 7;
    decoder.num_hidden_layers = 2;
    decoder.num_attention_heads = 4;
    decoder.num_key_value_heads = 2;
    decoder.head_dim = 2;
    decoder.qkv_bias = decoder.o_bias = decoder.mlp_bias = true;
    decoder.final_layer_norm = decoder.head_bias = true;
    decoder.positions = Positions::alibi;
    decoder.query_key_norm = QueryKeyNorm::head;
    decoder.frame.post_norm = true;
    config = to_model(decoder);
  }

  /// Weights of which both attention blocks have `width` query channels and both MLP blocks `channels`.
  [[nodiscard]] Weights weights(Index width, Index channels) const {
    Weights weights(config);
    const auto lend = [&](WeightView& view, TensorShape shape) {
      view = WeightView(memory.data(), shape.rows, shape.columns);
    };
    for (Index position = 0; position < config.num_blocks(); ++position) {
      const BlockId block{position};
      const Choice choice{{is_mlp(block) ? channels : width, 0}};
      for (std::size_t slot = 0; slot < weights[block].size(); ++slot) {
        const auto shape = config.blocks[block].shape(slot, choice);
        if (shape) lend(weights[block][slot], *shape);
      }
    }
    for (std::size_t slot = 0; slot < Ends::slots.size(); ++slot) {
      lend(weights.ends[slot], Ends::shape(config, slot).value());
    }
    return weights;
  }
};

}  // namespace

TEST_CASE("a graph over lent memory keeps its pointers and widths") {
  const Lent lent;
  const Graph graph(lent.config, lent.weights(8, 7));
  CHECK(graph.tensors(attention_of(1))[Attention::o_proj].data == lent.memory.data());
  CHECK(graph.width(attention_of(0)) == 8);
  CHECK(graph.width(mlp_of(1)) == 7);
}

TEST_CASE("a graph may be pruned: blocks absent, widths smaller in whole groups") {
  const Lent lent;
  Weights weights = lent.weights(4, 1);
  for (WeightView& view : weights[mlp_of(0)]) view = {};
  const Graph graph(lent.config, weights);
  CHECK(graph.width(attention_of(0)) == 4);
  CHECK(graph.width(mlp_of(0)) == 0);
  CHECK(graph.width(mlp_of(1)) == 1);

  weights = lent.weights(8, 7);
  weights[attention_of(0)][Attention::q_proj] = WeightView(lent.memory.data(), 6, 6);
  expect_error<DataError>([&] { Graph(lent.config, weights); }, {"layer 0 q_proj", "6 rows", "steps of 4"});
  expect_error<DataError>([&] { Graph(lent.config, lent.weights(12, 7)); }, {"layer 0 q_proj", "12 rows"});
  expect_error<DataError>([&] { Graph(lent.config, lent.weights(8, 8)); }, {"layer 0 gate_proj", "8 rows"});
}

TEST_CASE("a size that was forgotten or cannot be is named") {
  const Lent lent;
  const auto refused = [&](auto size, auto value, const std::string& name) {
    DecoderConfig decoder = lent.decoder;
    decoder.positions = Positions::rotary;
    decoder.*size = value;
    expect_error<DataError>([&] { (void)to_model(decoder); }, {"configuration", name});
  };
  refused(&DecoderConfig::vocab_size, 0, "vocab_size");
  refused(&DecoderConfig::hidden_size, -1, "hidden_size");
  refused(&DecoderConfig::intermediate_size, 0, "intermediate_size");
  refused(&DecoderConfig::num_hidden_layers, 0, "num_hidden_layers");
  refused(&DecoderConfig::num_attention_heads, 0, "num_attention_heads");
  refused(&DecoderConfig::num_key_value_heads, 0, "num_key_value_heads");
  refused(&DecoderConfig::num_key_value_heads, 3, "num_key_value_heads");
  refused(&DecoderConfig::head_dim, 0, "head_dim");
  refused(&DecoderConfig::head_dim, 3, "head_dim");
  refused(&DecoderConfig::rotary_dim, 1, "partial_rotary_factor");
  refused(&DecoderConfig::rotary_dim, 4, "partial_rotary_factor");
  refused(&DecoderConfig::sliding_window, -1, "sliding_window");
  refused(&DecoderConfig::score_scale, -1.0, "scale of attention scores");
  refused(&DecoderConfig::score_soft_cap, std::numeric_limits<double>::quiet_NaN(), "attn_logit_softcapping");
  refused(&DecoderConfig::frame, BlockFrame{.residual_multiplier = 0}, "residual_multiplier");
  refused(&DecoderConfig::rope, RopeConfig{.scaling = RopeScaling::longrope, .factors = {1, 2, 3}}, "rope_scaling");
}

TEST_CASE("a graph checks the sizes of a configuration that nobody else has checked") {
  const Lent lent;
  const auto refused = [&](auto&& change, const std::string& name) {
    ModelConfig config = lent.config;
    change(config);
    expect_error<DataError>([&] { Graph(config, lent.weights(8, 7)); }, {"configuration", name});
  };
  refused([](ModelConfig& config) { config.vocab_size = 0; }, "vocab_size");
  refused([](ModelConfig& config) { config.hidden_size = -1; }, "hidden_size");
  refused([](ModelConfig& config) { config.hidden_size = 8; }, "the first block reads a stream of 6");
  refused([](ModelConfig& config) { config.num_hidden_layers = 0; }, "num_hidden_layers");
  refused([](ModelConfig& config) { config.blocks = {}; }, "blocks");
}

TEST_CASE("every tensor that is missing, misshapen or too many is named") {
  const Lent lent;
  const Weights whole = lent.weights(8, 7);
  std::vector<TensorRole> roles;
  for_each_tensor(lent.config, whole, [&](TensorRole role, Index layer, const WeightView& view) {
    if (layer != 0 && view) roles.push_back(role);  // once each
  });
  REQUIRE(roles.size() == Ends::slots.size() + 13 + 8);
  for (const TensorRole changed : roles) {
    for (const bool missing : {true, false}) {
      Weights weights = whole;
      for_each_tensor(lent.config, weights, [&](TensorRole role, Index layer, WeightView& view) {
        if (role == changed && layer != 0) view = missing ? WeightView{} : WeightView(lent.memory.data(), 3, 3);
      });
      expect_error<DataError>([&] { Graph(lent.config, weights); }, {std::string(name_of(changed))});
    }
  }

  DecoderConfig decoder = lent.decoder;
  decoder.qkv_bias = false;
  expect_error<DataError>([&] { Graph(to_model(decoder), whole); }, {"layer 0 q_bias", "there is a bias"});

  Weights weights = whole;
  weights.blocks.pop_back();
  expect_error<DataError>([&] { Graph(lent.config, weights); }, {"blocks", "there are 3"});
  weights = whole;
  weights.ends.pop_back();
  expect_error<DataError>([&] { Graph(lent.config, weights); },
                          {"ends", "there are " + std::to_string(Ends::slots.size() - 1)});
  weights = whole;
  weights[mlp_of(1)].pop_back();
  expect_error<DataError>([&] { Graph(lent.config, weights); }, {"layer 1 mlp", "there are 7"});
  weights = whole;
  weights.shortcuts.clear();
  expect_error<DataError>([&] { Graph(lent.config, weights); }, {"shortcuts", "there are 0"});
  weights = whole;
  weights.shortcuts[3] = WeightView(lent.memory.data(), 6, 6);
  expect_error<DataError>([&] { Graph(lent.config, weights); }, {"layer 1 mlp_shortcut", "the configuration has none"});
}

TEST_CASE("sizes whose products would overflow are refused, each of them being possible") {
  const Lent lent;
  const auto refused = [&](auto&& change, const std::string& name) {
    DecoderConfig decoder = lent.decoder;
    change(decoder);
    expect_error<DataError>([&] { (void)to_model(decoder); }, {"configuration", name});
  };
  refused([](DecoderConfig& d) { d.num_attention_heads = d.num_key_value_heads = d.head_dim = largest_size; },
          "num_attention_heads");  // 2⁴⁸ channels
  refused([](DecoderConfig& d) { d.hidden_size = d.intermediate_size = d.num_hidden_layers = largest_size; },
          "more parameters");  // 2⁷²
  refused([](DecoderConfig& d) { d.hidden_size = d.vocab_size = largest_size; }, "more parameters");

  ModelConfig config = lent.config;  // of blocks that are possible, each by itself
  config.hidden_size = largest_size;
  const auto block = BlockSpec::of<GatedMlp>({.intermediate_size = largest_size}, 0, largest_size);
  config.blocks = BlockList({block, block.in_layer(1), block.in_layer(2), block.in_layer(3)});
  expect_error<DataError>([&] { Graph(config, lent.weights(8, 7)); }, {"configuration", "more parameters"});
}

TEST_CASE("lent memory is checked as far as it can be: strides, and where it begins") {
  const Lent lent;
  const Weights whole = lent.weights(8, 7);
  const auto changed = [&](TensorRole changed_role, auto&& change) {
    Weights weights = whole;
    for_each_tensor(lent.config, weights, [&](TensorRole role, Index layer, WeightView& view) {
      if (role == changed_role && layer != 0) change(view);
    });
    return weights;
  };
  for (const TensorRole role : {TensorRole("embed_tokens"), TensorRole("k_proj"), TensorRole("down_proj")}) {
    const std::string name(name_of(role));
    const auto refused = [&](auto&& change, const char* problem) {
      expect_error<DataError>([&] { Graph(lent.config, changed(role, change)); }, {name, "its memory", problem});
    };
    refused([](WeightView& view) { --view.stride; }, "overlap");
    refused([](WeightView& view) { view.stride = 0; }, "overlap");
    refused([](WeightView& view) { view.data = static_cast<const char*>(view.data) + 2; }, "multiple of the size");
    refused([](WeightView& view) { view.dtype = static_cast<DType>(9); }, "scalar type");
    CHECK_NOTHROW(Graph(lent.config, changed(role, [](WeightView& view) { ++view.stride; })));
  }
  Weights weights = whole;  // the norm of a removed block is copied and written, too
  take_away(weights, lent.config, mlp_of(1));
  weights[mlp_of(1)][GatedMlp::norm].columns = 60'000;
  expect_error<DataError>([&] { Graph(lent.config, weights); }, {"layer 1 mlp_norm", "60000"});
}

TEST_CASE("a graph is asked only about blocks and axes that it has") {
  const Lent lent;
  Weights weights = lent.weights(8, 7);
  take_away(weights, lent.config, mlp_of(1));
  const Graph graph(lent.config, weights);
  for (const Index position : {Index{-1}, Index{4}, Index{1} << 62}) {
    const BlockId block{position};
    expect_error<OptionError>([&] { (void)graph.spec(block); }, {"block"});
    expect_error<OptionError>([&] { (void)graph.tensors(block); }, {"block"});
    expect_error<OptionError>([&] { (void)graph.present(block); }, {"block"});
    expect_error<OptionError>([&] { (void)graph.width(block); }, {"block"});
    expect_error<OptionError>([&] { (void)graph.unit_width(block); }, {"block"});
    expect_error<OptionError>([&] { (void)graph.has(block); }, {"block"});
    expect_error<OptionError>([&] { (void)graph.shortcut(block); }, {"block"});
    expect_error<OptionError>([&] { graph.release(block); }, {"block"});
    expect_error<OptionError>([&] { (void)output_matrix(graph, block); }, {"block"});
    expect_error<OptionError>([&] { (void)output_bias(graph, block); }, {"block"});
  }
  expect_error<OptionError>([&] { (void)output_matrix(graph, mlp_of(1)); }, {"layer 1 mlp"});
  expect_error<OptionError>([&] { (void)output_bias(graph, mlp_of(1)); }, {"layer 1 mlp"});
  expect_error<OptionError>([&] { (void)output_matrix(graph, {mlp_of(0), 1}); }, {"axis 1"});
  expect_error<OptionError>([&] { (void)output_input(graph, {attention_of(0), 1}); }, {"axis 1"});
  expect_error<OptionError>([&] { (void)graph.unit_width({mlp_of(0), 1}); }, {"axis"});
}

TEST_CASE("output matrices, their biases and what they read are told by the kind") {
  const Lent lent;
  const Graph graph(lent.config, lent.weights(8, 7));
  CHECK(&output_matrix(graph, attention_of(1)) == &graph.tensors(attention_of(1))[Attention::o_proj]);
  CHECK(&output_bias(graph, attention_of(1)) == &graph.tensors(attention_of(1))[Attention::o_bias]);
  CHECK(&output_matrix(graph, mlp_of(0)) == &graph.tensors(mlp_of(0))[GatedMlp::down_proj]);
  CHECK(&output_bias(graph, mlp_of(0)) == &graph.tensors(mlp_of(0))[GatedMlp::down_bias]);
  CHECK(output_input(graph, mlp_of(0)) == Signal::output_input);
  CHECK(graph.num_units(attention_of(0)) == 2);
  CHECK(graph.num_units(mlp_of(0)) == 7);
  CHECK(graph.label(mlp_of(1)) == "layer 1 mlp");
}
