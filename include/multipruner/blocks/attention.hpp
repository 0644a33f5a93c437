// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

#include <multipruner/blocks/block_frame.hpp>
#include <multipruner/blocks/positions.hpp>
#include <multipruner/blocks/query_key_norm.hpp>
#include <multipruner/blocks/rope_config.hpp>
#include <multipruner/core/linkage.hpp>
#include <multipruner/graph/residual_block.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline blocks {

/// What an attention block is before anything was pruned.
struct AttentionSpec {
  Index num_attention_heads = 0;
  Index num_key_value_heads = 0;
  Index head_dim = 0;
  double rms_norm_eps = 1e-6;
  RopeConfig rope{};
  bool qkv_bias = false;  ///< biases on q_proj, k_proj and v_proj
  bool o_bias = false;    ///< bias on o_proj
  Positions positions = Positions::rotary;
  Index rotary_dim = 0;       ///< channels of a head that are turned, its first ones; 0: all of them
  Index sliding_window = 0;   ///< a token sees so many, itself and those before it; 0: all
  double score_scale = 0;     ///< multiplies the scores; 0: 1 / sqrt(head_dim)
  double score_soft_cap = 0;  ///< scores become cap · tanh(score / cap); 0: they stay
  QueryKeyNorm query_key_norm = QueryKeyNorm::none;
  BlockFrame frame{};

  /// Query channels.
  [[nodiscard]] Index width() const { return num_attention_heads * head_dim; }

  /// Query heads that share one key/value head.
  [[nodiscard]] Index heads_per_group() const { return num_attention_heads / num_key_value_heads; }

  /// Query channels of one key/value group: the smallest piece by which attention can become narrower.
  [[nodiscard]] Index group_width() const { return heads_per_group() * head_dim; }

  [[nodiscard]] Index key_value_width() const { return num_key_value_heads * head_dim; }

  /// Channels of a head that are turned.
  [[nodiscard]] Index turned() const { return rotary_dim == 0 ? head_dim : rotary_dim; }

  friend bool operator==(const AttentionSpec&, const AttentionSpec&) = default;
};

/// x ← x + o_proj(attention(q, k, v)), causal inside every sequence, with q, k, v from RMSNorm(x), grouped-query
/// attention (arXiv 2305.13245) and rotary positions (arXiv 2104.09864), or what else the spec says. Its channels are
/// those of queries, which go by whole key/value groups.
struct Attention {
  using Spec = AttentionSpec;

  static constexpr std::string_view name = "attention";
  static constexpr std::string_view file_key = "attn";

  enum Tensor : std::size_t {
    norm,
    q_proj,
    q_bias,
    k_proj,
    k_bias,
    v_proj,
    v_bias,
    o_proj,
    o_bias,
    q_norm,
    k_norm,
    q_norm_of_width,
    k_norm_of_width,
    post_norm,
    slopes
  };
  enum Input : std::uint8_t { block_input, output_input };

  static constexpr std::array<std::string_view, 2> inputs{"block_input", "output_input"};
  static constexpr std::array<AxisInfo, 1> axes{{{.name = "attention heads", .file_key = "attn"}}};
  static constexpr std::array<Slot, 15> slots{{
      norm_slot("attention_norm"),
      linear_slot("q_proj"),
      bias_slot("q_bias"),
      linear_slot("k_proj"),
      bias_slot("k_bias"),
      linear_slot("v_proj"),
      bias_slot("v_bias"),
      output_slot("o_proj"),
      output_bias_slot("o_bias"),
      {.role = "q_norm", .columns = Extent::fixed, .optional = true},
      {.role = "k_norm", .columns = Extent::fixed, .optional = true},
      {.role = "q_norm_of_width", .columns = Extent::axis, .optional = true},
      {.role = "k_norm_of_width", .columns = Extent::axis, .optional = true},
      {.role = "attention_post_norm", .columns = Extent::stream_out, .stays = true, .optional = true},
      {.role = "alibi_slopes", .columns = Extent::axis, .computed = true, .optional = true},
  }};

  [[nodiscard]] static SlotShape shape(const Spec& spec, std::size_t slot);
  [[nodiscard]] static AxisSize axis(const Spec& spec, std::size_t) { return {spec.width(), spec.group_width()}; }
  [[nodiscard]] static std::optional<SizeProblem> problem(const Spec& spec);
  static void describe(const Spec& spec, Fields& fields);
  static void run(const Spec& spec, const Choice& choice, Slots tensors, BlockCall& call);
  [[nodiscard]] static std::unique_ptr<BlockState> state(const Spec& spec, const Choice& choice, Slots tensors,
                                                         Index capacity);
  [[nodiscard]] static std::vector<float> computed(const Spec& spec, std::size_t slot);
  [[nodiscard]] static std::optional<double> output_scale(const Spec& spec) { return spec.frame.output_scale(); }
  [[nodiscard]] static Index state_bytes(const Spec& spec, const Choice& choice, Index capacity);
};

static_assert(ResidualBlock<Attention>);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline blocks

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/blocks/attention.ipp>
#endif
