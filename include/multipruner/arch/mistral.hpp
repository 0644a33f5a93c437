// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/arch/hugging_face_decoder.hpp>
#include <multipruner/core/linkage.hpp>
#include <multipruner/graph/architecture.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline arch {

/// MistralForCausalLM (model_type "mistral"): like Llama without biases, and with a sliding window in all layers unless
/// it is null.
struct Mistral {
  static constexpr std::string_view model_type = "mistral";

  static ModelConfig configure(const JsonReader& config);

  static std::string tensor_name(TensorRole role, Index layer) { return hugging_face::tensor_name(role, layer); }
};

static_assert(Architecture<Mistral>);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline arch

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/arch/mistral.ipp>
#endif
