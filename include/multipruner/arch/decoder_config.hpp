// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <optional>

#include <multipruner/blocks/attention.hpp>
#include <multipruner/blocks/gated_mlp.hpp>
#include <multipruner/core/linkage.hpp>
#include <multipruner/graph/model_config.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline arch {

/// A decoder all of whose layers are alike, as config.json gives it: x ← x + Attention(RMSNorm(x)), then
/// x ← x + SwiGLU(RMSNorm(x)), with grouped-query attention and rotary positions; the flags say which linears carry
/// biases. What else there is, is off by default. `to_model` makes the blocks.
struct DecoderConfig : ModelConfig {
  Index intermediate_size = 0;
  Index num_attention_heads = 0;
  Index num_key_value_heads = 0;
  Index head_dim = 0;
  RopeConfig rope{};
  bool qkv_bias = false;  ///< biases on q_proj, k_proj and v_proj
  bool o_bias = false;    ///< bias on o_proj
  bool mlp_bias = false;  ///< biases on gate_proj, up_proj and down_proj
  Positions positions = Positions::rotary;
  Index rotary_dim = 0;      ///< see AttentionSpec, likewise those below
  Index sliding_window = 0;  ///< of all layers
  double score_scale = 0;
  double score_soft_cap = 0;
  QueryKeyNorm query_key_norm = QueryKeyNorm::none;
  Activation activation = Activation::silu;
  BlockFrame frame{};  ///< of all blocks

  /// What its blocks are.
  [[nodiscard]] AttentionSpec attention() const;
  [[nodiscard]] GatedMlpSpec mlp() const;
};

/// The first size that is impossible, alone or together with others: nothing that is computed from sizes overflows
/// then.
[[nodiscard]] std::optional<SizeProblem> problem_of_sizes(const DecoderConfig& decoder);

/// Changes the attention of a layer of a decoder whose layers are not all alike.
using LayerAdjustment = std::function<void(Index layer, AttentionSpec& attention)>;

/// The model of a decoder: its blocks are attention and an MLP for every layer.
/// @param adjust  what is different in some layers; nothing if all are alike
/// @throws DataError naming a size that is impossible.
[[nodiscard]] ModelConfig to_model(const DecoderConfig& decoder, const LayerAdjustment& adjust = {});

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline arch

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/arch/decoder_config.ipp>
#endif
