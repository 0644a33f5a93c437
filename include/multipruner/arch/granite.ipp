// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/arch/granite.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline arch {

MULTIPRUNER_INLINE ModelConfig Granite::configure(const JsonReader& config) {
  constexpr Bounds<double> positive{1e-30, 1e30};
  DecoderConfig decoder = hugging_face::read_config(config);
  decoder.qkv_bias = decoder.o_bias = config.get_or<bool>("attention_bias", false);
  decoder.mlp_bias = config.get_or<bool>("mlp_bias", false);
  decoder.embedding_scale = config.get_or<double>("embedding_multiplier", 1.0, positive);
  decoder.score_scale = config.get_or<double>("attention_multiplier", 1.0, positive);
  decoder.frame.residual_multiplier = config.get_or<double>("residual_multiplier", 1.0, positive);
  decoder.logit_scale = 1 / config.get_or<double>("logits_scaling", 1.0, positive);
  return to_model(decoder);
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline arch
