// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>

#include <multipruner/arch/gemma2.hpp>
#include <multipruner/arch/gemma_config.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline arch {

MULTIPRUNER_INLINE ModelConfig Gemma2::configure(const JsonReader& config) {
  const DecoderConfig decoder = hugging_face::read_gemma_config_with_post_norms(config, 10000, 50, 30);
  const Index window = hugging_face::read_sliding_window(config, 4096);
  const std::vector<bool> sliding =
      hugging_face::read_sliding_layers(config, decoder.num_hidden_layers, [](Index layer) { return layer % 2 == 0; });
  return to_model(decoder, [&](Index layer, AttentionSpec& attention) {
    if (sliding[static_cast<std::size_t>(layer)]) attention.sliding_window = window;
  });
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline arch
