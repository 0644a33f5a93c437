#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include <multipruner/core/linkage.hpp>

namespace multipruner::inline MULTIPRUNER_ABI {

/// What a tensor is for, independently of the name that a checkpoint gives it.
enum class TensorRole : std::uint8_t {
  embed_tokens,
  final_norm,
  lm_head,
  attention_norm,
  q_proj,
  k_proj,
  v_proj,
  o_proj,
  q_bias,
  k_bias,
  v_bias,
  o_bias,
  mlp_norm,
  gate_proj,
  up_proj,
  down_proj,
  gate_bias,
  up_bias,
  down_bias,
};

[[nodiscard]] constexpr std::string_view name_of(TensorRole role) {
  constexpr std::array<std::string_view, 19> names{
      "embed_tokens", "final_norm", "lm_head",   "attention_norm", "q_proj",   "k_proj",   "v_proj",
      "o_proj",       "q_bias",     "k_bias",    "v_bias",         "o_bias",   "mlp_norm", "gate_proj",
      "up_proj",      "down_proj",  "gate_bias", "up_bias",        "down_bias"};
  return names[static_cast<std::size_t>(role)];
}

/// Whether a tensor is a matrix; biases and norms are vectors.
[[nodiscard]] constexpr bool is_matrix(TensorRole role) {
  const std::string_view name = name_of(role);
  return name.ends_with("_proj") || role == TensorRole::embed_tokens || role == TensorRole::lm_head;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI
