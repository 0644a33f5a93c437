// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/arch/hugging_face_decoder.hpp>
#include <multipruner/core/linkage.hpp>
#include <multipruner/graph/architecture.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline arch {

/// Gemma3ForCausalLM (model_type "gemma3_text"): like Gemma 2, with norms of every head of queries and keys in place of
/// caps, and local layers, five of six, that have a sliding window and rotary settings of their own.
struct Gemma3 {
  static constexpr std::string_view model_type = "gemma3_text";

  static ModelConfig configure(const JsonReader& config);

  static std::string tensor_name(TensorRole role, Index layer) {
    return hugging_face::tensor_name_with_post_norms(role, layer);
  }

 private:
  /// Of layers with a window.
  static RopeConfig local_rope(const JsonReader& config);
};

static_assert(Architecture<Gemma3>);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline arch

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/arch/gemma3.ipp>
#endif
