// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <vector>

#include <multipruner/arch/decoder_config.hpp>
#include <multipruner/core/numpy_random.hpp>
#include <multipruner/graph/graph.hpp>

namespace multipruner::test {

/// A model of one layer with random weights, each of which can be replaced before the graph is made. Keeps the memory
/// of its graphs.
struct OneLayerModel {
  ModelConfig config;
  std::map<TensorRole, std::vector<float>> tensors;

  OneLayerModel(Index hidden, Index channels, Index heads, Index key_value_heads, Index head_dim) {
    DecoderConfig decoder;
    decoder.vocab_size = 5;
    decoder.hidden_size = hidden;
    decoder.intermediate_size = channels;
    decoder.num_hidden_layers = 1;
    decoder.num_attention_heads = heads;
    decoder.num_key_value_heads = key_value_heads;
    decoder.head_dim = head_dim;
    decoder.tie_word_embeddings = true;
    config = to_model(decoder);
    NumpyRandom random(7);
    for_each_tensor_shape(config, [&](const TensorPlace& place, TensorShape shape) {
      std::vector<float>& values = tensors[place.role];
      for (Index i = 0; i < shape.rows * shape.columns; ++i) {
        values.push_back(static_cast<float>(random.uniform() - 0.5));
      }
    });
  }

  [[nodiscard]] Graph graph() const {
    Weights weights(config);
    for_each_tensor_shape(config, [&](const TensorPlace& place, TensorShape shape) {
      WeightView& view =
          place.block.position < 0 ? weights.ends[place.slot_index] : weights[place.block][place.slot_index];
      view = WeightView(tensors.at(place.role).data(), shape.rows, shape.columns);
    });
    weights.ends[Ends::lm_head] = weights.ends[Ends::embed_tokens];
    return {config, weights};
  }
};

inline constexpr BlockId first_attention{0}, first_mlp{1};

}  // namespace multipruner::test
