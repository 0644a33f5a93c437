// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/arch/baichuan.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline arch {

MULTIPRUNER_INLINE ModelConfig Baichuan::configure(const JsonReader& config) {
  constexpr Index vocabulary_of_first = 64000;
  DecoderConfig decoder = hugging_face::read_config(config);
  decoder.normalized_head = decoder.vocab_size != vocabulary_of_first;
  if (!config.contains("max_position_embeddings")) {
    decoder.positions = Positions::alibi;
    decoder.max_position_embeddings = config.get_or<Index>("model_max_length", 4096, {1, largest_size});
  }
  return to_model(decoder);
}

MULTIPRUNER_INLINE std::string Baichuan::tensor_name(TensorRole role, Index layer) {
  const bool is_packed = role == TensorRole("q_proj") || role == TensorRole("k_proj") || role == TensorRole("v_proj");
  if (!is_packed) return hugging_face::tensor_name(role, layer);
  return "model.layers." + std::to_string(layer) + ".self_attn.W_pack.weight";
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline arch
