// SPDX-License-Identifier: MIT
#include <catch2/catch.hpp>
#include <support/blocks.hpp>
#include <support/one_layer_model.hpp>
#include <support/reference_data.hpp>

#include <multipruner/arch/decoder_config.hpp>
#include <multipruner/arch/load.hpp>
#include <multipruner/importance/l1.hpp>
#include <multipruner/importance/reorder.hpp>

using namespace multipruner;
using namespace multipruner::test;

namespace {

/// A model of one layer with 4 query heads of 2 channels on 2 key/value heads, in numbers that are easy to add.
struct SmallModel {
  std::vector<float> embedding = std::vector<float>(6), norm = std::vector<float>(2), q, k, v, gate, up;
  std::vector<float> o = std::vector<float>(16, 1e6f), down = std::vector<float>(6, 1e6f);

  SmallModel() {
    const auto add = [](std::vector<float>& matrix, int a, int b) {
      matrix.push_back(static_cast<float>(a));
      matrix.push_back(static_cast<float>(b));
    };
    for (int channel = 0; channel < 8; ++channel) add(q, channel, -1);  // norms 1 ... 8
    for (int row = 0; row < 4; ++row) add(k, -10 * row, 0);             // norms 0, 10, 20, 30
    for (int row = 0; row < 4; ++row) add(v, 0, 100 * row);             // norms 0, 100, 200, 300
    for (int channel = 0; channel < 3; ++channel) add(gate, channel, -channel);
    for (int channel = 0; channel < 3; ++channel) add(up, 1, -10 * channel);
  }

  [[nodiscard]] Graph graph() const {
    DecoderConfig decoder;
    decoder.vocab_size = 3;
    decoder.hidden_size = 2;
    decoder.intermediate_size = 3;
    decoder.num_hidden_layers = 1;
    decoder.num_attention_heads = 4;
    decoder.num_key_value_heads = 2;
    decoder.head_dim = 2;
    decoder.tie_word_embeddings = true;
    const auto view = [](const std::vector<float>& values, Index columns) {
      return WeightView(values.data(), static_cast<Index>(values.size()) / columns, columns);
    };
    const ModelConfig config = to_model(decoder);
    Weights weights(config);
    weights.ends[Ends::embed_tokens] = weights.ends[Ends::lm_head] = view(embedding, 2);
    weights.ends[Ends::final_norm] = view(norm, 2);
    Tensors& attention = weights[attention_of(0)];
    attention[Attention::norm] = view(norm, 2);
    attention[Attention::q_proj] = view(q, 2);
    attention[Attention::k_proj] = view(k, 2);
    attention[Attention::v_proj] = view(v, 2);
    attention[Attention::o_proj] = view(o, 8);
    Tensors& mlp = weights[mlp_of(0)];
    mlp[GatedMlp::norm] = view(norm, 2);
    mlp[GatedMlp::gate_proj] = view(gate, 2);
    mlp[GatedMlp::up_proj] = view(up, 2);
    mlp[GatedMlp::down_proj] = view(down, 3);
    return {config, weights};
  }
};

}  // namespace

TEST_CASE("an MLP channel scores the norms of its rows of gate_proj and up_proj") {
  const SmallModel model;
  CHECK(L1{}.scores(model.graph(), mlp_of(0)) == std::vector<double>{0 + 1, 2 + 11, 4 + 21});
}

TEST_CASE("a key/value group scores the mean of its query channels, each with the rows it shares") {
  const SmallModel model;
  // Channels 0 to 3 are two heads that share rows 0 and 1; channels 4 to 7 share rows 2 and 3.
  const double first = (1 + 0 + 0 + 2 + 10 + 100 + 3 + 0 + 0 + 4 + 10 + 100) / 4.0;
  const double second = (5 + 20 + 200 + 6 + 30 + 300 + 7 + 20 + 200 + 8 + 30 + 300) / 4.0;
  CHECK(L1{}.scores(model.graph(), attention_of(0)) == std::vector<double>{first, second});
}

TEST_CASE("blocks that are absent have no units") {
  const SmallModel model;
  const Graph dense = model.graph();
  Weights weights = dense.weights();
  for (const BlockId block : {attention_of(0), mlp_of(0)}) take_away(weights, dense.config(), block);
  const Graph graph(dense.config(), weights);
  CHECK(L1{}.scores(graph, attention_of(0)).empty());
  CHECK(L1{}.scores(graph, mlp_of(0)).empty());
}

TEST_CASE("half precision scores as what it stands for") {
  const Graph graph = load<Llama>(source_path("tests/data/arch/llama-gqa-bf16-sharded"));
  const WeightView gate = graph.tensors(mlp_of(1))[GatedMlp::gate_proj],
                   up = graph.tensors(mlp_of(1))[GatedMlp::up_proj];
  REQUIRE(gate.dtype == DType::bfloat16);
  const auto entry = [](const WeightView& weight, Index row, Index column) {
    const auto* bits = static_cast<const std::uint16_t*>(weight.data) + row * weight.stride + column;
    return std::abs(static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(*bits) << 16)));
  };
  double expected = 0;
  for (Index i = 0; i < gate.columns; ++i) expected += entry(gate, 5, i) + entry(up, 5, i);
  CHECK(L1{}.scores(graph, mlp_of(1))[5] == Approx(expected).epsilon(1e-12));
}

TEST_CASE("the reference's scores are rounded to float16") {
  SmallModel model;
  model.gate = {2048, 0, 2048.5f, 0, 2049.5f, 0};
  model.up = {0, 0, 0, 0, 0, 0};
  CHECK(L1{.reference = true}.scores(model.graph(), mlp_of(0)) == std::vector<double>{2048, 2048, 2050});
  CHECK(L1{}.scores(model.graph(), mlp_of(0)) == std::vector<double>{2048, 2048.5, 2049.5});
}

TEST_CASE("L1 orders channels and groups, the worked example") {
  OneLayerModel model(2, 3, 4, 2, 2);
  model.tensors[TensorRole("gate_proj")] = {3, 0, 1, 0, -1, 1};
  model.tensors[TensorRole("up_proj")] = {0, 1, 0, -1, 2, 2};
  model.tensors[TensorRole("q_proj")] = {1, 0, 1, 0, 2, 0, 2, 0, 3, 0, 3, 0, 4, 0, 4, 0};
  model.tensors[TensorRole("k_proj")] = {0, 1, 0, 1, 0, 5, 0, 5};
  model.tensors[TensorRole("v_proj")] = {1, 0, 1, 0, -1, 0, -1, 0};
  CHECK(L1{}.scores(model.graph(), first_mlp) == std::vector<double>{4, 2, 6});
  CHECK(L1{}.scores(model.graph(), first_attention) == std::vector<double>{3.5, 9.5});
  CHECK(order_units<L1>(model.graph()) == UnitOrder{{{{{1, 0}, {}}}, {{{2, 0, 1}, {}}}}});
}
