#pragma once

#include <multipruner/arch/qwen2.hpp>
#include <multipruner/core/error.hpp>

namespace multipruner::inline MULTIPRUNER_ABI {

MULTIPRUNER_INLINE ModelConfig Qwen2::configure(const JsonReader& config) {
  if (config.get_or<bool>("use_sliding_window", false)) {
    throw UnsupportedError(config.where("use_sliding_window"), "sliding-window attention is not supported",
                           "Use a model with full attention");
  }
  ModelConfig model = hugging_face::read_config(config);
  model.qkv_bias = true;
  return model;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI
