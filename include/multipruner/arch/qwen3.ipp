// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/arch/qwen3.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline arch {

MULTIPRUNER_INLINE ModelConfig Qwen3::configure(const JsonReader& config) {
  DecoderConfig decoder = hugging_face::read_config(config, {.head_dim = 128});
  decoder.qkv_bias = decoder.o_bias = config.get_or<bool>("attention_bias", false);
  decoder.query_key_norm = QueryKeyNorm::head;
  return hugging_face::to_model_with_late_windows(config, decoder);
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline arch
