// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/arch/hugging_face_decoder.hpp>
#include <multipruner/core/linkage.hpp>
#include <multipruner/graph/architecture.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline arch {

/// Olmo2ForCausalLM (model_type "olmo2"): like Llama, but blocks read the stream as it is and norm what they add;
/// queries and keys are normed over all heads together.
struct Olmo2 {
  static constexpr std::string_view model_type = "olmo2";

  static ModelConfig configure(const JsonReader& config);

  static std::string tensor_name(TensorRole role, Index layer) {
    return hugging_face::tensor_name_with_post_norms(role, layer);
  }
};

static_assert(Architecture<Olmo2>);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline arch

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/arch/olmo2.ipp>
#endif
