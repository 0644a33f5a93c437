// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/arch/gemma.hpp>
#include <multipruner/arch/gemma_config.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline arch {

MULTIPRUNER_INLINE ModelConfig Gemma::configure(const JsonReader& config) {
  const bool has_own_key = config.contains("hidden_activation");
  DecoderConfig decoder =
      hugging_face::read_gemma_config(config, {.head_dim = 256,
                                               .tie_word_embeddings = true,
                                               .hidden_act_key = has_own_key ? "hidden_activation" : "hidden_act",
                                               .hidden_act = "gelu_pytorch_tanh"});
  // The first releases said "gelu" and were trained with the approximation; transformers reads it so, too.
  if (decoder.activation == Activation::gelu) decoder.activation = Activation::gelu_tanh;
  return to_model(decoder);
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline arch
