// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/arch/decoder_config.hpp>
#include <multipruner/core/types.hpp>
#include <multipruner/graph/model_config.hpp>

namespace multipruner::test {

/// A configuration to count with, of which no model need be made.
inline ModelConfig tiny_config(Index layers = 2) {
  DecoderConfig config;
  config.num_hidden_layers = layers;
  config.hidden_size = 8;
  config.intermediate_size = 10;
  config.num_attention_heads = 4;
  config.num_key_value_heads = 2;
  config.head_dim = 2;
  config.vocab_size = 16;
  return to_model(config);
}

}  // namespace multipruner::test
