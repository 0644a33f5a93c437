// SPDX-License-Identifier: MIT
#pragma once

#include <optional>

#include <multipruner/blocks/attention.hpp>
#include <multipruner/blocks/gated_mlp.hpp>
#include <multipruner/core/linkage.hpp>
#include <multipruner/graph/model_config.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline arch {

/// A decoder all of whose layers are alike, as config.json gives it: x ← x + Attention(RMSNorm(x)), then
/// x ← x + SwiGLU(RMSNorm(x)), with grouped-query attention and rotary positions; the flags say which linears carry
/// biases. `to_model` makes the blocks.
struct DecoderConfig : ModelConfig {
  Index intermediate_size = 0;
  Index num_attention_heads = 0;
  Index num_key_value_heads = 0;
  Index head_dim = 0;
  RopeConfig rope{};
  bool qkv_bias = false;  ///< biases on q_proj, k_proj and v_proj
  bool o_bias = false;    ///< bias on o_proj
  bool mlp_bias = false;  ///< biases on gate_proj, up_proj and down_proj

  /// What its blocks are.
  [[nodiscard]] AttentionSpec attention() const;
  [[nodiscard]] GatedMlpSpec mlp() const;
};

/// The first size that is impossible, alone or together with others: nothing that is computed from sizes overflows
/// then.
[[nodiscard]] std::optional<SizeProblem> problem_of_sizes(const DecoderConfig& decoder);

/// The model of a decoder: its blocks are attention and an MLP for every layer.
/// @throws DataError naming a size that is impossible.
[[nodiscard]] ModelConfig to_model(const DecoderConfig& decoder);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline arch

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/arch/decoder_config.ipp>
#endif
