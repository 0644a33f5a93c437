#include <string>
#include <vector>

#include <catch2/catch.hpp>
#include <support/expect_error.hpp>

#include <multipruner/graph/graph.hpp>
#include <multipruner/graph/tensor_shape.hpp>

using namespace multipruner;
using namespace multipruner::test;

namespace {

/// A model with all biases over memory that lives as long as the test; every tensor sees the same zeros.
struct Lent {
  ModelConfig config;
  std::vector<float> memory = std::vector<float>(256, 0.0f);

  Lent() {
    config.vocab_size = 5;
    config.hidden_size = 6;
    config.intermediate_size = 7;
    config.num_hidden_layers = 2;
    config.num_attention_heads = 4;
    config.num_key_value_heads = 2;
    config.head_dim = 2;
    config.qkv_bias = config.o_bias = config.mlp_bias = true;
  }

  /// Weights of which both attention blocks have `width` query channels and both MLP blocks `channels`.
  [[nodiscard]] Weights weights(Index width, Index channels) const {
    Weights weights{.layers = std::vector(2, LayerWeights{.attention = AttentionWeights{}, .mlp = MlpWeights{}})};
    for_each_tensor(weights, [&](TensorRole role, Index, WeightView& view) {
      const TensorShape shape = tensor_shape(config, role, width, channels).value();
      view = WeightView(memory.data(), shape.rows, shape.columns);
    });
    return weights;
  }
};

}  // namespace

TEST_CASE("a graph over lent memory keeps its pointers and widths") {
  const Lent lent;
  const Graph graph(lent.config, lent.weights(8, 7));
  CHECK(graph.layer(1).attention->o_proj.data == lent.memory.data());
  CHECK(graph.width({0, BlockKind::attention}) == 8);
  CHECK(graph.width({1, BlockKind::mlp}) == 7);
}

TEST_CASE("a graph may be pruned: blocks absent, widths smaller in whole groups") {
  const Lent lent;
  Weights weights = lent.weights(4, 1);
  weights.layers[0].mlp.reset();
  weights.layers[0].mlp_norm = {};
  const Graph graph(lent.config, weights);
  CHECK(graph.width({0, BlockKind::attention}) == 4);
  CHECK(graph.width({0, BlockKind::mlp}) == 0);
  CHECK(graph.width({1, BlockKind::mlp}) == 1);

  expect_error<DataError>([&] { Graph(lent.config, lent.weights(6, 7)); }, {"layer 0 q_proj", "6 rows", "steps of 4"});
  expect_error<DataError>([&] { Graph(lent.config, lent.weights(12, 7)); }, {"layer 0 q_proj", "12 rows"});
  expect_error<DataError>([&] { Graph(lent.config, lent.weights(8, 8)); }, {"layer 0 gate_proj", "8 rows"});
}

TEST_CASE("a size that was forgotten or cannot be is named") {
  const Lent lent;
  const auto refused = [&](Index ModelConfig::*size, Index value, const std::string& name) {
    ModelConfig config = lent.config;
    config.*size = value;
    expect_error<DataError>([&] { Graph(config, lent.weights(8, 7)); }, {"configuration", name});
  };
  refused(&ModelConfig::vocab_size, 0, "vocab_size");
  refused(&ModelConfig::hidden_size, -1, "hidden_size");
  refused(&ModelConfig::intermediate_size, 0, "intermediate_size");
  refused(&ModelConfig::num_hidden_layers, 0, "num_hidden_layers");
  refused(&ModelConfig::num_attention_heads, 0, "num_attention_heads");
  refused(&ModelConfig::num_key_value_heads, 0, "num_key_value_heads");
  refused(&ModelConfig::num_key_value_heads, 3, "num_key_value_heads");
  refused(&ModelConfig::head_dim, 0, "head_dim");
  refused(&ModelConfig::head_dim, 3, "head_dim");
}

TEST_CASE("every tensor that is missing, misshapen or too many is named") {
  const Lent lent;
  const Weights whole = lent.weights(8, 7);
  std::vector<TensorRole> roles;
  for_each_tensor(whole, [&](TensorRole role, Index layer, const WeightView&) {
    if (layer != 0) roles.push_back(role);  // once each
  });
  for (const TensorRole changed : roles) {
    for (const bool missing : {true, false}) {
      Weights weights = whole;
      for_each_tensor(weights, [&](TensorRole role, Index layer, WeightView& view) {
        if (role == changed && layer != 0) view = missing ? WeightView{} : WeightView(lent.memory.data(), 3, 3);
      });
      expect_error<DataError>([&] { Graph(lent.config, weights); }, {std::string(name_of(changed))});
    }
  }

  ModelConfig config = lent.config;
  config.qkv_bias = false;
  expect_error<DataError>([&] { Graph(config, whole); }, {"layer 0 q_bias", "there is a bias"});

  Weights weights = whole;
  weights.layers.pop_back();
  expect_error<DataError>([&] { Graph(lent.config, weights); }, {"layers", "there are 1"});
}

TEST_CASE("sizes whose products would overflow are refused, each of them being possible") {
  const Lent lent;
  ModelConfig config = lent.config;
  config.num_attention_heads = config.num_key_value_heads = config.head_dim = largest_size;  // 2⁴⁸ channels
  expect_error<DataError>([&] { Graph(config, lent.weights(8, 7)); }, {"configuration", "num_attention_heads"});
  config = lent.config;
  config.hidden_size = config.intermediate_size = config.num_hidden_layers = largest_size;  // 2⁷² parameters
  expect_error<DataError>([&] { Graph(config, lent.weights(8, 7)); }, {"configuration", "more parameters"});
  config = lent.config;
  config.hidden_size = config.vocab_size = largest_size;
  expect_error<DataError>([&] { Graph(config, lent.weights(8, 7)); }, {"configuration", "more parameters"});
}

TEST_CASE("lent memory is checked as far as it can be: strides, and where it begins") {
  const Lent lent;
  const Weights whole = lent.weights(8, 7);
  const auto changed = [&](TensorRole changed_role, auto&& change) {
    Weights weights = whole;
    for_each_tensor(weights, [&](TensorRole role, Index layer, WeightView& view) {
      if (role == changed_role && layer != 0) change(view);
    });
    return weights;
  };
  for (const TensorRole role : {TensorRole::embed_tokens, TensorRole::k_proj, TensorRole::down_proj}) {
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
  weights.layers[1].mlp.reset();
  weights.layers[1].mlp_norm.columns = 60'000;
  expect_error<DataError>([&] { Graph(lent.config, weights); }, {"layer 1 mlp_norm", "60000"});
}

TEST_CASE("a graph is asked only about layers and blocks that it has") {
  const Lent lent;
  Weights weights = lent.weights(8, 7);
  weights.layers[1].mlp.reset();
  const Graph graph(lent.config, weights);
  for (const Index layer : {Index{-1}, Index{2}, Index{1} << 62}) {
    expect_error<OptionError>([&] { (void)graph.layer(layer); }, {"layer"});
    expect_error<OptionError>([&] { (void)graph.width({layer, BlockKind::mlp}); }, {"layer"});
    expect_error<OptionError>([&] { graph.release(BlockId{layer, BlockKind::mlp}); }, {"layer"});
    expect_error<OptionError>([&] { (void)output_matrix(graph.weights(), {layer, BlockKind::mlp}); }, {"mlp"});
  }
  expect_error<OptionError>([&] { (void)output_matrix(graph.weights(), {1, BlockKind::mlp}); }, {"layer 1 mlp"});
  expect_error<OptionError>([&] { (void)output_bias(graph.weights(), {1, BlockKind::mlp}); }, {"layer 1 mlp"});
}
