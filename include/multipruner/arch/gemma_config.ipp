// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>

#include <multipruner/arch/gemma_config.hpp>
#include <multipruner/core/error.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline arch::hugging_face {

MULTIPRUNER_INLINE DecoderConfig read_gemma_config(const JsonReader& config, const DecoderDefaults& defaults) {
  if (config.get_or<bool>("use_bidirectional_attention", false)) {
    throw UnsupportedError(config.where("use_bidirectional_attention"), "tokens that see later ones are not supported",
                           "Use a model that generates text");
  }
  DecoderConfig decoder = read_config(config, defaults);
  decoder.qkv_bias = decoder.o_bias = config.get_or<bool>("attention_bias", false);
  decoder.frame.norm_offset = decoder.final_norm_offset = true;
  decoder.embedding_scale = std::sqrt(static_cast<double>(decoder.hidden_size));
  return decoder;
}

MULTIPRUNER_INLINE DecoderConfig read_gemma_config_with_post_norms(const JsonReader& config, double rope_theta,
                                                                   double score_soft_cap, double logit_soft_cap) {
  DecoderConfig decoder = read_gemma_config(config, {.rope_theta = rope_theta,
                                                     .head_dim = 256,
                                                     .tie_word_embeddings = true,
                                                     .hidden_act_key = "hidden_activation",
                                                     .hidden_act = "gelu_pytorch_tanh"});
  decoder.score_scale = 1 / std::sqrt(config.get_or<double>("query_pre_attn_scalar", 256, {1e-30, 1e30}));
  decoder.score_soft_cap = read_switchable(config, "attn_logit_softcapping", score_soft_cap);
  decoder.logit_soft_cap = read_switchable(config, "final_logit_softcapping", logit_soft_cap);
  decoder.frame.post_norm = true;
  return decoder;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline arch::hugging_face
