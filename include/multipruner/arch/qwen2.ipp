// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/arch/qwen2.hpp>
#include <multipruner/core/error.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline arch {

MULTIPRUNER_INLINE ModelConfig Qwen2::configure(const JsonReader& config) {
  if (config.get_or<bool>("use_sliding_window", false)) {
    throw UnsupportedError(config.where("use_sliding_window"), "sliding-window attention is not supported",
                           "Use a model with full attention");
  }
  DecoderConfig decoder = hugging_face::read_config(config);
  decoder.qkv_bias = true;
  return to_model(decoder);
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline arch
