#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include <multipruner/graph/model_config.hpp>
#include <multipruner/graph/tensor_role.hpp>
#include <multipruner/graph/weights.hpp>

namespace multipruner {

/// Rows and columns of a tensor; a vector has one row.
struct TensorShape {
  Index rows = 0;
  Index columns = 0;

  friend constexpr bool operator==(TensorShape, TensorShape) = default;
};

/// The shape of a tensor in a checkpoint, or nothing if the checkpoint does not have it: a bias that the configuration
/// switches off, the head of a model with tied embeddings.
/// @param width query channels of the tensor's attention block.
/// @param channels channels of the tensor's MLP block.
[[nodiscard]] inline std::optional<TensorShape> tensor_shape(const ModelConfig& config, TensorRole role, Index width,
                                                             Index channels) {
  const auto only_if = [](bool there, TensorShape shape) { return there ? std::optional(shape) : std::nullopt; };
  const Index hidden = config.hidden_size;
  const Index kv_width = width / config.heads_per_group();
  switch (role) {
    case TensorRole::embed_tokens:
      return {{config.vocab_size, hidden}};
    case TensorRole::lm_head:
      return only_if(!config.tie_word_embeddings, {config.vocab_size, hidden});
    case TensorRole::attention_norm:
    case TensorRole::mlp_norm:
    case TensorRole::final_norm:
      return {{1, hidden}};
    case TensorRole::q_proj:
      return {{width, hidden}};
    case TensorRole::k_proj:
    case TensorRole::v_proj:
      return {{kv_width, hidden}};
    case TensorRole::o_proj:
      return {{hidden, width}};
    case TensorRole::q_bias:
      return only_if(config.qkv_bias, {1, width});
    case TensorRole::k_bias:
    case TensorRole::v_bias:
      return only_if(config.qkv_bias, {1, kv_width});
    case TensorRole::o_bias:
      return only_if(config.o_bias, {1, hidden});
    case TensorRole::gate_proj:
    case TensorRole::up_proj:
      return {{channels, hidden}};
    case TensorRole::down_proj:
      return {{hidden, channels}};
    case TensorRole::gate_bias:
    case TensorRole::up_bias:
      return only_if(config.mlp_bias, {1, channels});
    case TensorRole::down_bias:
      return only_if(config.mlp_bias, {1, hidden});
  }
  return std::nullopt;
}

/// The same in a checkpoint of the unpruned model.
[[nodiscard]] inline std::optional<TensorShape> tensor_shape(const ModelConfig& config, TensorRole role) {
  return tensor_shape(config, role, config.attention_width(), config.intermediate_size);
}

/// Calls `f(role, layer, shape)` for every tensor of a checkpoint of the unpruned model, in the order of the residual
/// stream. The layer of tensors outside the layers is −1.
template <class F>
void for_each_tensor_shape(const ModelConfig& config, F&& f) {
  const LayerWeights layer{.attention = AttentionWeights{}, .mlp = MlpWeights{}};
  const Weights slots{.layers = std::vector(static_cast<std::size_t>(config.num_hidden_layers), layer)};
  for_each_tensor(slots, [&](TensorRole role, Index index, const WeightView&) {
    if (const auto shape = tensor_shape(config, role)) f(role, index, *shape);
  });
}

}  // namespace multipruner
