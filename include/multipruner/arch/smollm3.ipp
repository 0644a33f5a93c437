// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>

#include <multipruner/arch/smollm3.hpp>
#include <multipruner/core/error.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline arch {

MULTIPRUNER_INLINE ModelConfig SmolLm3::configure(const JsonReader& config) {
  DecoderConfig decoder = hugging_face::read_config(config, {.rope_theta = 2e6, .tie_word_embeddings = true});
  decoder.qkv_bias = decoder.o_bias = config.get_or<bool>("attention_bias", false);
  decoder.mlp_bias = config.get_or<bool>("mlp_bias", false);
  const bool has_windows = config.get_or<bool>("use_sliding_window", false);
  const Index window = has_windows ? hugging_face::read_sliding_window(config, 0) : 0;
  const std::vector<bool> turned = rotary_layers(config, decoder.num_hidden_layers);
  const std::vector<bool> sliding = hugging_face::read_sliding_layers(
      config, decoder.num_hidden_layers,
      [&](Index layer) { return window > 0 && !turned[static_cast<std::size_t>(layer)]; });
  return to_model(decoder, [&](Index layer, AttentionSpec& attention) {
    const auto at = static_cast<std::size_t>(layer);
    if (!turned[at]) attention.positions = Positions::none;
    if (sliding[at]) attention.sliding_window = window;
  });
}

MULTIPRUNER_INLINE std::vector<bool> SmolLm3::rotary_layers(const JsonReader& config, Index layers) {
  std::vector<bool> turned;
  if (const auto flags = config.optional<std::vector<Index>>("no_rope_layers")) {
    if (static_cast<Index>(flags->size()) < layers) {
      throw DataError(config.where("no_rope_layers"),
                      "it has " + std::to_string(flags->size()) + " entries for " + std::to_string(layers) + " layers",
                      "Check that config.json is the one of this model");
    }
    for (Index layer = 0; layer < layers; ++layer) turned.push_back((*flags)[static_cast<std::size_t>(layer)] != 0);
    return turned;
  }
  const Index interval = config.get_or<Index>("no_rope_layer_interval", 4, {1, largest_size});
  for (Index layer = 0; layer < layers; ++layer) turned.push_back((layer + 1) % interval != 0);
  return turned;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline arch
