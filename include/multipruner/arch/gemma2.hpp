// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/arch/hugging_face_decoder.hpp>
#include <multipruner/core/linkage.hpp>
#include <multipruner/graph/architecture.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline arch {

/// Gemma2ForCausalLM (model_type "gemma2"): like Gemma, with a norm of what every block adds, soft caps of attention
/// scores and of logits, a scale of scores of its own, and a sliding window in every other layer.
struct Gemma2 {
  static constexpr std::string_view model_type = "gemma2";

  static ModelConfig configure(const JsonReader& config);

  static std::string tensor_name(TensorRole role, Index layer) {
    return hugging_face::tensor_name_with_post_norms(role, layer);
  }
};

static_assert(Architecture<Gemma2>);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline arch

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/arch/gemma2.ipp>
#endif
