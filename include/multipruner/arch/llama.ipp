// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/arch/llama.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline arch {

MULTIPRUNER_INLINE ModelConfig Llama::configure(const JsonReader& config) {
  DecoderConfig decoder = hugging_face::read_config(config);
  decoder.qkv_bias = decoder.o_bias = config.get_or<bool>("attention_bias", false);
  decoder.mlp_bias = config.get_or<bool>("mlp_bias", false);
  return to_model(decoder);
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline arch
