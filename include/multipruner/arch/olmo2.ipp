// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/arch/olmo2.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline arch {

MULTIPRUNER_INLINE ModelConfig Olmo2::configure(const JsonReader& config) {
  DecoderConfig decoder = hugging_face::read_config(config, {.rms_norm_eps = 1e-5});
  decoder.qkv_bias = decoder.o_bias = config.get_or<bool>("attention_bias", false);
  decoder.query_key_norm = QueryKeyNorm::width;
  decoder.frame = {.pre_norm = false, .post_norm = true};
  return to_model(decoder);
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline arch
