#pragma once

#include <multipruner/arch/llama.hpp>

namespace multipruner::inline MULTIPRUNER_ABI {

MULTIPRUNER_INLINE ModelConfig Llama::configure(const JsonReader& config) {
  ModelConfig model = hugging_face::read_config(config);
  model.qkv_bias = model.o_bias = config.get_or<bool>("attention_bias", false);
  model.mlp_bias = config.get_or<bool>("mlp_bias", false);
  return model;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI
