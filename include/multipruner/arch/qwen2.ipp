// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/arch/qwen2.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline arch {

MULTIPRUNER_INLINE ModelConfig Qwen2::configure(const JsonReader& config) {
  DecoderConfig decoder = hugging_face::read_config(config);
  decoder.qkv_bias = true;
  return hugging_face::to_model_with_late_windows(config, decoder);
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline arch
