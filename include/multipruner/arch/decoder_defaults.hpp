// SPDX-License-Identifier: MIT
#pragma once

#include <optional>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/types.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline arch::hugging_face {

/// What a family takes where its config.json says nothing, as the defaults of its class in transformers are.
struct DecoderDefaults {
  double rms_norm_eps = 1e-6;
  double rope_theta = 10000;
  std::optional<Index> head_dim{};  ///< nothing: hidden_size / num_attention_heads
  bool tie_word_embeddings = false;
  const char* hidden_act_key = "hidden_act";
  const char* hidden_act = "silu";
  bool partial_rotary = false;  ///< whether `partial_rotary_factor` is one of its settings
  bool longrope = false;        ///< whether rotary scaling of the type longrope is
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline arch::hugging_face
