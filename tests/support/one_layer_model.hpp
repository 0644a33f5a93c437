#pragma once

#include <map>
#include <vector>

#include <multipruner/core/numpy_random.hpp>
#include <multipruner/graph/graph.hpp>
#include <multipruner/graph/tensor_shape.hpp>

namespace multipruner::test {

/// A model of one layer with random weights, each of which can be replaced before the graph is made. Keeps the memory
/// of its graphs.
struct OneLayerModel {
  ModelConfig config;
  std::map<TensorRole, std::vector<float>> tensors;

  OneLayerModel(Index hidden, Index channels, Index heads, Index key_value_heads, Index head_dim) {
    config.vocab_size = 5;
    config.hidden_size = hidden;
    config.intermediate_size = channels;
    config.num_hidden_layers = 1;
    config.num_attention_heads = heads;
    config.num_key_value_heads = key_value_heads;
    config.head_dim = head_dim;
    config.tie_word_embeddings = true;
    NumpyRandom random(7);
    for_each_tensor_shape(config, [&](TensorRole role, Index, TensorShape shape) {
      std::vector<float>& values = tensors[role];
      for (Index i = 0; i < shape.rows * shape.columns; ++i) {
        values.push_back(static_cast<float>(random.uniform() - 0.5));
      }
    });
  }

  [[nodiscard]] Graph graph() const {
    const auto view = [&](TensorRole role) {
      const TensorShape shape = *tensor_shape(config, role);
      return WeightView(tensors.at(role).data(), shape.rows, shape.columns);
    };
    Weights weights;
    weights.embed_tokens = weights.lm_head = view(TensorRole::embed_tokens);
    weights.final_norm = view(TensorRole::final_norm);
    LayerWeights& layer = weights.layers.emplace_back();
    layer.attention_norm = view(TensorRole::attention_norm);
    layer.mlp_norm = view(TensorRole::mlp_norm);
    layer.attention = AttentionWeights{.q_proj = view(TensorRole::q_proj),
                                       .k_proj = view(TensorRole::k_proj),
                                       .v_proj = view(TensorRole::v_proj),
                                       .o_proj = view(TensorRole::o_proj)};
    layer.mlp = MlpWeights{.gate_proj = view(TensorRole::gate_proj),
                           .up_proj = view(TensorRole::up_proj),
                           .down_proj = view(TensorRole::down_proj)};
    return {config, weights};
  }
};

inline constexpr BlockId first_attention{0, BlockKind::attention}, first_mlp{0, BlockKind::mlp};

}  // namespace multipruner::test
