// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/arch/hugging_face_decoder.hpp>
#include <multipruner/core/linkage.hpp>
#include <multipruner/graph/architecture.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline arch {

/// GemmaForCausalLM (model_type "gemma"): like Llama, with GELU, norms whose gain is 1 + weight, and embeddings times
/// the root of the hidden size.
struct Gemma {
  static constexpr std::string_view model_type = "gemma";

  static ModelConfig configure(const JsonReader& config);

  static std::string tensor_name(TensorRole role, Index layer) { return hugging_face::tensor_name(role, layer); }
};

static_assert(Architecture<Gemma>);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline arch

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/arch/gemma.ipp>
#endif
