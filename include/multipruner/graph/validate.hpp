#pragma once

#include <optional>
#include <string>

#include <multipruner/core/error.hpp>
#include <multipruner/graph/model_config.hpp>
#include <multipruner/graph/origin.hpp>
#include <multipruner/graph/tensor_shape.hpp>
#include <multipruner/graph/weights.hpp>

namespace multipruner {

namespace detail {

/// Checks the sizes that everything else is computed from: an embedding program may have forgotten one.
inline void require_sizes(const ModelConfig& config) {
  const auto refuse = [](const std::string& name, const std::string& problem) {
    throw DataError("configuration: " + name, problem, "Set the sizes that the model was made with");
  };
  const auto require_positive = [&](const char* name, Index size) {
    if (size < 1 || size > largest_size) refuse(name, "it is " + std::to_string(size));
  };
  require_positive("vocab_size", config.vocab_size);
  require_positive("hidden_size", config.hidden_size);
  require_positive("intermediate_size", config.intermediate_size);
  require_positive("num_hidden_layers", config.num_hidden_layers);
  require_positive("num_attention_heads", config.num_attention_heads);
  require_positive("num_key_value_heads", config.num_key_value_heads);
  require_positive("head_dim", config.head_dim);
  if (config.head_dim % 2 != 0) refuse("head_dim", "rotary positions need an even size");
  if (config.num_attention_heads % config.num_key_value_heads != 0) {
    refuse("num_key_value_heads", std::to_string(config.num_attention_heads) + " attention heads cannot share " +
                                      std::to_string(config.num_key_value_heads) + " key/value heads evenly");
  }
}

/// Checks the shapes of one model; keeps the configuration and the layer at hand, so that each check is one line.
class ShapeCheck {
 public:
  ShapeCheck(const ModelConfig& config, const Origin& origin) : config_(config), origin_(origin) {}

  void model(const Weights& weights) {
    expect(TensorRole::embed_tokens, weights.embed_tokens);
    if (static_cast<Index>(weights.layers.size()) != config_.num_hidden_layers) {
      throw DataError("layers",
                      "there are " + std::to_string(weights.layers.size()) + ", but num_hidden_layers is " +
                          std::to_string(config_.num_hidden_layers),
                      "Give one LayerWeights for each layer of the configuration");
    }
    for (const LayerWeights& layer : weights.layers) {
      ++layer_;
      if (layer.attention) attention(layer);
      if (layer.mlp) mlp(layer);
    }
    layer_ = -1;
    expect(TensorRole::final_norm, weights.final_norm);
    expect(TensorRole::lm_head, weights.lm_head, TensorShape{config_.vocab_size, config_.hidden_size});  // tied or not
  }

 private:
  void attention(const LayerWeights& layer) {
    const Index width =
        block_width(TensorRole::q_proj, layer.attention->q_proj, config_.attention_width(), config_.group_width());
    expect(TensorRole::attention_norm, layer.attention_norm);
    for_each_tensor(*layer.attention, [&](TensorRole role, const WeightView& view) {
      expect(role, view, tensor_shape(config_, role, width, config_.intermediate_size));
    });
  }

  void mlp(const LayerWeights& layer) {
    const Index channels = block_width(TensorRole::gate_proj, layer.mlp->gate_proj, config_.intermediate_size, 1);
    expect(TensorRole::mlp_norm, layer.mlp_norm);
    for_each_tensor(*layer.mlp, [&](TensorRole role, const WeightView& view) {
      expect(role, view, tensor_shape(config_, role, config_.attention_width(), channels));
    });
  }

  /// The width that a block was left with, which all its tensors must share.
  Index block_width(TensorRole role, const WeightView& view, Index dense_width, Index unit) const {
    if (!view) refuse_missing(role);
    if (view.rows < 1 || view.rows > dense_width || view.rows % unit != 0) {
      throw DataError(origin_.label(role, layer_),
                      "it has " + std::to_string(view.rows) + " rows, but the configuration asks for " +
                          std::to_string(dense_width) + ", or fewer in steps of " + std::to_string(unit),
                      "Check that config.json belongs to these weights");
    }
    return view.rows;
  }

  void expect(TensorRole role, const WeightView& view) const { expect(role, view, tensor_shape(config_, role)); }

  void expect(TensorRole role, const WeightView& view, std::optional<TensorShape> shape) const {
    if (!shape) {
      if (!view) return;
      throw DataError(origin_.label(role, layer_), "there is a bias, but the configuration has none",
                      "Check the bias flags of config.json");
    }
    if (!view) refuse_missing(role);
    if (TensorShape{view.rows, view.columns} == *shape) return;
    throw DataError(origin_.label(role, layer_),
                    "its shape is " + std::to_string(view.rows) + " × " + std::to_string(view.columns) +
                        ", but the configuration asks for " + std::to_string(shape->rows) + " × " +
                        std::to_string(shape->columns),
                    "Check that config.json belongs to these weights");
  }

  [[noreturn]] void refuse_missing(TensorRole role) const {
    throw DataError(origin_.label(role, layer_), "the tensor is missing", "Give all tensors of a block, or none");
  }

  const ModelConfig& config_;
  const Origin& origin_;
  Index layer_ = -1;
};

}  // namespace detail

/// Checks that all tensors are there and that their shapes fit the configuration. Widths of attention and MLP blocks
/// may be smaller than configured, and blocks may be absent: that is what a pruned model looks like.
/// @throws DataError naming the size that is impossible, or the tensor, the shape it has and the shape it should have.
inline void validate(const ModelConfig& config, const Weights& weights, const Origin& origin = {}) {
  detail::require_sizes(config);
  detail::ShapeCheck(config, origin).model(weights);
}

}  // namespace multipruner
