// SPDX-License-Identifier: MIT
#pragma once

#include <deque>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include <multipruner/arch/llama.hpp>
#include <multipruner/graph/weights.hpp>
#include <multipruner/io/checkpoint_writer.hpp>
#include <multipruner/io/json_file.hpp>

namespace multipruner::fuzz {

/// The config.json of a Llama of two layers and 600 parameters.
inline nlohmann::json tiny_config() {
  return {{"model_type", "llama"},    {"vocab_size", 16},       {"hidden_size", 4},
          {"intermediate_size", 6},   {"num_hidden_layers", 2}, {"num_attention_heads", 4},
          {"num_key_value_heads", 2}, {"head_dim", 2},          {"max_position_embeddings", 32}};
}

/// Writes that model with weights that are simple to tell. As a pruned one it is what this pruning_config.json says:
/// {"pruned_attn_idx": [1], "pruned_mlp_idx": [], "pruned_attn_width": {}, "pruned_mlp_width": {"0": 3}}.
inline void write_tiny_model(const std::filesystem::path& folder, bool pruned = false,
                             const CheckpointOptions& options = {}) {
  write_json_file(folder / "config.json", tiny_config());
  const ModelConfig config = Llama::configure(JsonReader(tiny_config(), "config.json"));
  std::deque<std::vector<float>> values;
  std::vector<StoredTensor> tensors;
  for_each_tensor_shape(config, [&](const TensorPlace& place, TensorShape shape) {
    const std::string name = Llama::tensor_name(place.role, place.layer);
    if (pruned && name.starts_with("model.layers.1.self_attn")) return;
    if (pruned && name.starts_with("model.layers.0.mlp"))
      shape = *config.blocks[place.block].shape(place.slot_index, {{3, 0}});
    auto& weights = values.emplace_back();
    for (Index i = 0; i < shape.rows * shape.columns; ++i) weights.push_back(static_cast<float>(i % 7) / 8 - 0.25F);
    tensors.push_back({name, place.extents(shape), WeightView(weights.data(), shape.rows, shape.columns)});
  });
  write_checkpoint(folder, tensors, options);
}

}  // namespace multipruner::fuzz
