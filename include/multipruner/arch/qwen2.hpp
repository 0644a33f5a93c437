// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/arch/hugging_face_decoder.hpp>
#include <multipruner/core/linkage.hpp>
#include <multipruner/graph/architecture.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline arch {

/// Qwen2ForCausalLM: Qwen 1.5, 2 and 2.5 (model_type "qwen2"). Like Llama, with biases on q, k and v only;
/// layers may have sliding windows.
struct Qwen2 {
  static constexpr std::string_view model_type = "qwen2";

  static ModelConfig configure(const JsonReader& config);

  static std::string tensor_name(TensorRole role, Index layer) { return hugging_face::tensor_name(role, layer); }
};

static_assert(Architecture<Qwen2>);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline arch

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/arch/qwen2.ipp>
#endif
