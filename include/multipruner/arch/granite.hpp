// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/arch/hugging_face_decoder.hpp>
#include <multipruner/core/linkage.hpp>
#include <multipruner/graph/architecture.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline arch {

/// GraniteForCausalLM (model_type "granite"): like Llama, with numbers that multiply embeddings, attention scores and
/// what blocks add, and one that divides logits.
struct Granite {
  static constexpr std::string_view model_type = "granite";

  static ModelConfig configure(const JsonReader& config);

  static std::string tensor_name(TensorRole role, Index layer) { return hugging_face::tensor_name(role, layer); }
};

static_assert(Architecture<Granite>);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline arch

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/arch/granite.ipp>
#endif
