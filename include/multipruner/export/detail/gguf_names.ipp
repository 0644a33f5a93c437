// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <utility>

#include <multipruner/core/error.hpp>
#include <multipruner/export/detail/gguf_names.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

MULTIPRUNER_INLINE std::optional<std::string> known_gguf_name(TensorRole role, Index layer) {
  constexpr std::array<std::pair<TensorRole, const char*>, 19> names{{{"embed_tokens", "token_embd.weight"},
                                                                      {"final_norm", "output_norm.weight"},
                                                                      {"lm_head", "output.weight"},
                                                                      {"attention_norm", "attn_norm.weight"},
                                                                      {"q_proj", "attn_q.weight"},
                                                                      {"k_proj", "attn_k.weight"},
                                                                      {"v_proj", "attn_v.weight"},
                                                                      {"o_proj", "attn_output.weight"},
                                                                      {"q_bias", "attn_q.bias"},
                                                                      {"k_bias", "attn_k.bias"},
                                                                      {"v_bias", "attn_v.bias"},
                                                                      {"o_bias", "attn_output.bias"},
                                                                      {"mlp_norm", "ffn_norm.weight"},
                                                                      {"gate_proj", "ffn_gate.weight"},
                                                                      {"up_proj", "ffn_up.weight"},
                                                                      {"down_proj", "ffn_down.weight"},
                                                                      {"gate_bias", "ffn_gate.bias"},
                                                                      {"up_bias", "ffn_up.bias"},
                                                                      {"down_bias", "ffn_down.bias"}}};
  for (const auto& [known, name] : names) {
    if (known == role) return (layer < 0 ? "" : "blk." + std::to_string(layer) + ".") + name;
  }
  return std::nullopt;
}

MULTIPRUNER_INLINE std::string gguf_name(TensorRole role, Index layer) {
  if (auto name = known_gguf_name(role, layer)) return *name;
  throw OptionError("gguf: " + std::string(role.name()), "Llama-like models have no such tensor",
                    "Save the model in the format multipruner");
}

MULTIPRUNER_INLINE std::vector<float> llama3_factors(const RopeConfig& rope, Index head_dim) {
  std::vector<float> factors;
  const auto length = static_cast<double>(rope.original_max_position_embeddings);
  for (Index j = 0; j < head_dim / 2; ++j) {
    const double frequency = std::pow(rope.theta, -2.0 * static_cast<double>(j) / static_cast<double>(head_dim));
    const double wavelength = 2 * std::numbers::pi / frequency;
    const double smooth = (length / wavelength - rope.low_freq_factor) / (rope.high_freq_factor - rope.low_freq_factor);
    const double kept = std::clamp(smooth, 0.0, 1.0);
    factors.push_back(static_cast<float>(1 / ((1 - kept) / rope.factor + kept)));
  }
  return factors;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
