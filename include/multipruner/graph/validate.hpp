#pragma once

#include <string>

#include <multipruner/core/error.hpp>
#include <multipruner/graph/model_config.hpp>
#include <multipruner/graph/origin.hpp>
#include <multipruner/graph/weights.hpp>

namespace multipruner {

namespace detail {

/// Checks the shapes of one model; keeps the configuration and the layer at hand, so that each check is one line.
class ShapeCheck {
 public:
  ShapeCheck(const ModelConfig& config, const Origin& origin) : config_(config), origin_(origin) {}

  void model(const Weights& weights) {
    const Index hidden = config_.hidden_size;
    expect(TensorRole::embed_tokens, weights.embed_tokens, config_.vocab_size, hidden);
    if (static_cast<Index>(weights.layers.size()) != config_.num_hidden_layers) {
      throw DataError("layers", "there are " + std::to_string(weights.layers.size()) + ", but num_hidden_layers is " +
                                    std::to_string(config_.num_hidden_layers),
                      "Give one LayerWeights for each layer of the configuration");
    }
    for (const LayerWeights& layer : weights.layers) {
      ++layer_;
      if (layer.attention) attention(layer);
      if (layer.mlp) mlp(layer);
    }
    layer_ = -1;
    expect(TensorRole::final_norm, weights.final_norm, 1, hidden);
    expect(TensorRole::lm_head, weights.lm_head, config_.vocab_size, hidden);
  }

 private:
  void attention(const LayerWeights& layer) {
    const AttentionWeights& a = *layer.attention;
    const Index hidden = config_.hidden_size;
    const Index width = block_width(TensorRole::q_proj, a.q_proj, config_.attention_width(), config_.group_width());
    const Index kv_width = width / config_.heads_per_group();
    expect(TensorRole::attention_norm, layer.attention_norm, 1, hidden);
    expect(TensorRole::q_proj, a.q_proj, width, hidden);
    expect(TensorRole::k_proj, a.k_proj, kv_width, hidden);
    expect(TensorRole::v_proj, a.v_proj, kv_width, hidden);
    expect(TensorRole::o_proj, a.o_proj, hidden, width);
    expect_bias(TensorRole::q_bias, a.q_bias, config_.qkv_bias, width);
    expect_bias(TensorRole::k_bias, a.k_bias, config_.qkv_bias, kv_width);
    expect_bias(TensorRole::v_bias, a.v_bias, config_.qkv_bias, kv_width);
    expect_bias(TensorRole::o_bias, a.o_bias, config_.o_bias, hidden);
  }

  void mlp(const LayerWeights& layer) {
    const MlpWeights& m = *layer.mlp;
    const Index hidden = config_.hidden_size;
    const Index width = block_width(TensorRole::gate_proj, m.gate_proj, config_.intermediate_size, 1);
    expect(TensorRole::mlp_norm, layer.mlp_norm, 1, hidden);
    expect(TensorRole::gate_proj, m.gate_proj, width, hidden);
    expect(TensorRole::up_proj, m.up_proj, width, hidden);
    expect(TensorRole::down_proj, m.down_proj, hidden, width);
    expect_bias(TensorRole::gate_bias, m.gate_bias, config_.mlp_bias, width);
    expect_bias(TensorRole::up_bias, m.up_bias, config_.mlp_bias, width);
    expect_bias(TensorRole::down_bias, m.down_bias, config_.mlp_bias, hidden);
  }

  Index block_width(TensorRole role, const WeightView& view, Index dense_width, Index unit) const {
    if (view.rows < 1 || view.rows > dense_width || view.rows % unit != 0) {
      throw DataError(origin_.label(role, layer_),
                      "it has " + std::to_string(view.rows) + " rows, but the configuration asks for " +
                          std::to_string(dense_width) + ", or fewer in steps of " + std::to_string(unit),
                      "Check that config.json belongs to these weights");
    }
    return view.rows;
  }

  void expect(TensorRole role, const WeightView& view, Index rows, Index columns) const {
    if (view.data == nullptr) {
      throw DataError(origin_.label(role, layer_), "the tensor is missing", "Give all tensors of a block, or none");
    }
    if (view.rows == rows && view.columns == columns) return;
    throw DataError(origin_.label(role, layer_),
                    "its shape is " + std::to_string(view.rows) + " × " + std::to_string(view.columns) +
                        ", but the configuration asks for " + std::to_string(rows) + " × " + std::to_string(columns),
                    "Check that config.json belongs to these weights");
  }

  void expect_bias(TensorRole role, const WeightView& view, bool expected, Index size) const {
    if (expected) return expect(role, view, 1, size);
    if (view.data == nullptr) return;
    throw DataError(origin_.label(role, layer_), "there is a bias, but the configuration has none",
                    "Check the bias flags of config.json");
  }

  const ModelConfig& config_;
  const Origin& origin_;
  Index layer_ = -1;
};

}  // namespace detail

/// Checks that all tensors are there and that their shapes fit the configuration. Widths of attention and MLP blocks
/// may be smaller than configured, and blocks may be absent: that is what a pruned model looks like.
/// @throws DataError naming the tensor, the shape it has and the shape it should have.
inline void validate(const ModelConfig& config, const Weights& weights, const Origin& origin = {}) {
  detail::ShapeCheck(config, origin).model(weights);
}

}  // namespace multipruner
