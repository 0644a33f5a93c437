// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/arch/mistral.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline arch {

MULTIPRUNER_INLINE ModelConfig Mistral::configure(const JsonReader& config) {
  DecoderConfig decoder = hugging_face::read_config(config);
  decoder.sliding_window = hugging_face::read_sliding_window(config, 4096);
  return to_model(decoder);
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline arch
