// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <deque>
#include <utility>

#include "random_values.hpp"
#include <multipruner/arch/decoder_config.hpp>
#include <multipruner/graph/graph.hpp>

namespace multipruner::benchmark {

/// The sizes of a Llama.
struct LlamaSizes {
  Index hidden, intermediate, layers, heads, kv_heads, vocabulary;
  bool tied_head = true;

  [[nodiscard]] ModelConfig config() const {
    DecoderConfig config;
    config.model_type = "llama";
    config.hidden_size = hidden;
    config.intermediate_size = intermediate;
    config.num_hidden_layers = layers;
    config.num_attention_heads = heads;
    config.num_key_value_heads = kv_heads;
    config.head_dim = hidden / heads;
    config.vocab_size = vocabulary;
    config.tie_word_embeddings = tied_head;
    return to_model(config);
  }
};

/// A Llama with random weights of one scalar type in memory of its own.
class RandomModel {
 public:
  RandomModel(const LlamaSizes& sizes, DType dtype) : dtype_(dtype), graph_(sizes.config(), weights(sizes)) {}

  [[nodiscard]] const Graph& graph() const { return graph_; }

 private:
  [[nodiscard]] Weights weights(const LlamaSizes& sizes) {
    const ModelConfig config = sizes.config();
    Weights result(config);
    for_each_tensor_shape(config, [&](const TensorPlace& place, TensorShape shape) {
      Tensors& tensors = place.layer < 0 ? result.ends : result[place.block];
      tensors[place.slot_index] = matrix(shape.rows, shape.columns);
    });
    if (sizes.tied_head) result.ends[Ends::lm_head] = result.ends[Ends::embed_tokens];
    return result;
  }

  /// Scaled so that activations keep their size.
  [[nodiscard]] WeightView matrix(Index rows, Index columns) {
    const float scale = rows == 1 ? 1.0f : std::sqrt(3.0f / static_cast<float>(columns));
    const auto seed = static_cast<std::uint64_t>(storage_.size()) + 1;
    return storage_.emplace_back(rows, columns, dtype_, seed, scale).view();
  }

  DType dtype_;
  std::deque<StoredMatrix> storage_;
  Graph graph_;
};

}  // namespace multipruner::benchmark
