#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/types.hpp>
#include <multipruner/graph/block.hpp>

namespace multipruner::inline MULTIPRUNER_ABI {

/// How rotary frequencies are stretched beyond the length a model was first trained on.
enum class RopeScaling : std::uint8_t { none, linear, llama3 };

/// Rotary position embedding, as `rope_theta` and `rope_scaling` of config.json describe it.
struct RopeConfig {
  double theta = 10000.0;
  RopeScaling scaling = RopeScaling::none;
  double factor = 1.0;                         ///< linear, llama3
  double low_freq_factor = 1.0;                ///< llama3
  double high_freq_factor = 4.0;               ///< llama3
  Index original_max_position_embeddings = 0;  ///< llama3

  friend bool operator==(const RopeConfig&, const RopeConfig&) = default;
};

/// The most that any size of a model may be, and the width of its attention: far beyond every model. Products of two
/// sizes do not overflow; those of more are kept small by `most_parameters`.
inline constexpr Index largest_size = Index{1} << 24;

/// The most parameters that a model may have: far beyond every model, and bytes of all of them in any scalar type can
/// be counted.
inline constexpr Index most_parameters = Index{1} << 48;

/// The sizes and components of a decoder, before anything was pruned. This is what an architecture's descriptor reads
/// from config.json; there is no code per architecture beyond it. Only `generation_eos_token_ids` is from elsewhere.
///
/// Every layer is x ← x + Attention(RMSNorm(x)), x ← x + SwiGLU(RMSNorm(x)), with grouped-query attention and rotary
/// positions; the flags say which linears carry biases.
struct ModelConfig {
  std::string model_type;  ///< as in config.json, e.g. "llama"
  Index vocab_size = 0;
  Index hidden_size = 0;
  Index intermediate_size = 0;
  Index num_hidden_layers = 0;
  Index num_attention_heads = 0;
  Index num_key_value_heads = 0;
  Index head_dim = 0;
  Index max_position_embeddings = 0;
  double rms_norm_eps = 1e-6;
  RopeConfig rope;
  bool tie_word_embeddings = false;
  bool qkv_bias = false;                          ///< biases on q_proj, k_proj and v_proj
  bool o_bias = false;                            ///< bias on o_proj
  bool mlp_bias = false;                          ///< biases on gate_proj, up_proj and down_proj
  std::vector<TokenId> eos_token_ids;             ///< empty if the model names none
  std::vector<TokenId> generation_eos_token_ids;  ///< of generation_config.json; empty if it names none

  /// Tokens at which generated text ends. Of many chat models the end of a turn stands in generation_config.json alone.
  [[nodiscard]] const std::vector<TokenId>& stop_token_ids() const;

  /// Query heads that share one key/value head. The sizes of the heads have to be set.
  [[nodiscard]] Index heads_per_group() const { return num_attention_heads / num_key_value_heads; }

  /// Query channels of one key/value group: the smallest piece by which attention can become narrower.
  [[nodiscard]] Index group_width() const { return heads_per_group() * head_dim; }

  /// Channels of a block that can only go together: one of an MLP, a key/value group's of attention.
  [[nodiscard]] Index unit_width(BlockKind kind) const { return kind == BlockKind::mlp ? 1 : group_width(); }

  /// Query channels of an unpruned attention block.
  [[nodiscard]] Index attention_width() const { return num_attention_heads * head_dim; }

  [[nodiscard]] Index num_blocks() const { return 2 * num_hidden_layers; }
};

}  // namespace multipruner::inline MULTIPRUNER_ABI

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/graph/model_config.ipp>
#endif
