// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <utility>

#include <multipruner/arch/phi3.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline arch {

MULTIPRUNER_INLINE ModelConfig Phi3::configure(const JsonReader& config) {
  DecoderConfig decoder =
      hugging_face::read_config(config, {.rms_norm_eps = 1e-5, .partial_rotary = true, .longrope = true});
  decoder.sliding_window = hugging_face::read_sliding_window(config, 0);
  return to_model(decoder);
}

MULTIPRUNER_INLINE std::string Phi3::tensor_name(TensorRole role, Index layer) {
  constexpr std::array<std::pair<TensorRole, const char*>, 5> fused{{{"q_proj", "self_attn.qkv_proj.weight"},
                                                                     {"k_proj", "self_attn.qkv_proj.weight"},
                                                                     {"v_proj", "self_attn.qkv_proj.weight"},
                                                                     {"gate_proj", "mlp.gate_up_proj.weight"},
                                                                     {"up_proj", "mlp.gate_up_proj.weight"}}};
  for (const auto& [known, name] : fused) {
    if (known == role) return "model.layers." + std::to_string(layer) + "." + name;
  }
  return hugging_face::tensor_name(role, layer);
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline arch
