// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <system_error>

#include <multipruner/arch/detail/gguf_names.hpp>
#include <multipruner/core/error.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

inline constexpr std::array<std::pair<TensorRole, std::string_view>, 26> gguf_names{
    {{"embed_tokens", "token_embd.weight"},
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
     {"down_bias", "ffn_down.bias"},
     {"q_norm", "attn_q_norm.weight"},
     {"k_norm", "attn_k_norm.weight"},
     {"q_norm_of_width", "attn_q_norm.weight"},
     {"k_norm_of_width", "attn_k_norm.weight"},
     {"attention_post_norm", "post_attention_norm.weight"},
     {"mlp_post_norm", "post_ffw_norm.weight"},
     {"q_proj", "attn_qkv.weight"}}};  // with k_proj and v_proj behind it, as Phi-3's own name for it says

/// Those of them that are no part of a layer come first.
inline constexpr std::size_t gguf_names_outside_layers = 3;

MULTIPRUNER_INLINE std::optional<std::string> known_gguf_name(TensorRole role, Index layer) {
  for (const auto& [known, name] : gguf_names) {
    if (known == role) return (layer < 0 ? "" : "blk." + std::to_string(layer) + ".") + std::string(name);
  }
  return std::nullopt;
}

MULTIPRUNER_INLINE std::string gguf_name(TensorRole role, Index layer) {
  if (auto name = known_gguf_name(role, layer)) return *name;
  throw OptionError("gguf: " + std::string(role.name()), "files of llama.cpp have no such tensor",
                    "Save the model in the format multipruner");
}

MULTIPRUNER_INLINE std::optional<std::pair<Index, std::string_view>> split_gguf_name(std::string_view name) {
  constexpr std::string_view prefix = "blk.";
  if (!name.starts_with(prefix)) return std::nullopt;
  const char* const end = name.data() + name.size();
  Index layer = 0;
  const auto [rest, error] = std::from_chars(name.data() + prefix.size(), end, layer);
  if (error != std::errc() || rest == end || *rest != '.' || layer < 0) return std::nullopt;
  return std::pair(layer, std::string_view(rest + 1, static_cast<std::size_t>(end - rest - 1)));
}

MULTIPRUNER_INLINE std::optional<std::pair<TensorRole, Index>> role_of_gguf_name(std::string_view name) {
  const auto in_layer = split_gguf_name(name);
  const std::size_t first = in_layer ? gguf_names_outside_layers : 0;
  const std::size_t last = in_layer ? gguf_names.size() : gguf_names_outside_layers;
  for (std::size_t i = first; i < last; ++i) {
    if (gguf_names[i].second != (in_layer ? in_layer->second : name)) continue;
    return std::pair(gguf_names[i].first, in_layer ? in_layer->first : Index{-1});
  }
  return std::nullopt;
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
