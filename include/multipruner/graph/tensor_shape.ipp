#pragma once

#include <multipruner/graph/tensor_shape.hpp>

namespace multipruner::inline MULTIPRUNER_ABI {

MULTIPRUNER_INLINE std::optional<TensorShape> tensor_shape(const ModelConfig& config, TensorRole role, Index width,
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

MULTIPRUNER_INLINE std::optional<TensorShape> tensor_shape(const ModelConfig& config, TensorRole role) {
  return tensor_shape(config, role, config.attention_width(), config.intermediate_size);
}

}  // namespace multipruner::inline MULTIPRUNER_ABI
