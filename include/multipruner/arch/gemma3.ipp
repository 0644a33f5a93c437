// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>

#include <multipruner/arch/gemma3.hpp>
#include <multipruner/arch/gemma_config.hpp>
#include <multipruner/core/error.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline arch {

MULTIPRUNER_INLINE ModelConfig Gemma3::configure(const JsonReader& config) {
  DecoderConfig decoder = hugging_face::read_gemma_config_with_post_norms(config, 1e6, 0, 0);
  decoder.query_key_norm = QueryKeyNorm::head;
  const Index window = hugging_face::read_sliding_window(config, 4096);
  const Index pattern = config.get_or<Index>("sliding_window_pattern", 6, {1, largest_size});
  const std::vector<bool> sliding = hugging_face::read_sliding_layers(
      config, decoder.num_hidden_layers, [&](Index layer) { return (layer + 1) % pattern != 0; });
  const RopeConfig local = local_rope(config);
  return to_model(decoder, [&](Index layer, AttentionSpec& attention) {
    if (!sliding[static_cast<std::size_t>(layer)]) return;
    attention.sliding_window = window;
    attention.rope = local;
  });
}

MULTIPRUNER_INLINE RopeConfig Gemma3::local_rope(const JsonReader& config) {
  const auto settings = config.optional_object("rope_parameters");
  if (settings && (settings->contains("full_attention") || settings->contains("sliding_attention"))) {
    return hugging_face::read_rope(config, {}, "sliding_attention");
  }
  RopeConfig rope;  // Scaling is of the other layers.
  rope.theta = config.get_or<double>("rope_local_base_freq", rope.theta, {1e-30, 1e30});
  return rope;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline arch
