#pragma once

#include <multipruner/arch/hugging_face_decoder.hpp>
#include <multipruner/graph/architecture.hpp>

namespace multipruner {

/// Qwen2ForCausalLM: Qwen 1.5, 2 and 2.5 (model_type "qwen2"). Like Llama, with biases on q, k and v only.
struct Qwen2 {
  static constexpr std::string_view model_type = "qwen2";

  static ModelConfig configure(const JsonReader& config) {
    if (config.get_or<bool>("use_sliding_window", false)) {
      throw UnsupportedError(config.where("use_sliding_window"), "sliding-window attention is not supported",
                             "Use a model with full attention");
    }
    ModelConfig model = hugging_face::read_config(config);
    model.qkv_bias = true;
    return model;
  }

  static std::string tensor_name(TensorRole role, Index layer) { return hugging_face::tensor_name(role, layer); }
};

static_assert(Architecture<Qwen2>);

}  // namespace multipruner
