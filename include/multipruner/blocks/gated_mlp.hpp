// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <string_view>

#include <multipruner/blocks/activation.hpp>
#include <multipruner/blocks/block_frame.hpp>
#include <multipruner/core/linkage.hpp>
#include <multipruner/graph/residual_block.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline blocks {

/// What a gated MLP is before anything was pruned.
struct GatedMlpSpec {
  Index intermediate_size = 0;  ///< channels
  double rms_norm_eps = 1e-6;
  bool bias = false;  ///< biases on gate_proj, up_proj and down_proj
  Activation activation = Activation::silu;
  BlockFrame frame{};

  friend bool operator==(const GatedMlpSpec&, const GatedMlpSpec&) = default;
};

/// x ← x + down_proj(silu(gate_proj(n)) · up_proj(n)), n = RMSNorm(x): SwiGLU (arXiv 2002.05202), or with another
/// activation and frame.
struct GatedMlp {
  using Spec = GatedMlpSpec;

  static constexpr std::string_view name = "mlp";
  static constexpr std::string_view file_key = "mlp";

  enum Tensor : std::size_t { norm, gate_proj, gate_bias, up_proj, up_bias, down_proj, down_bias, post_norm };
  enum Input : std::uint8_t { block_input, output_input };

  static constexpr std::array<std::string_view, 2> inputs{"block_input", "output_input"};
  static constexpr std::array<AxisInfo, 1> axes{{{.name = "MLP channels", .file_key = "mlp"}}};
  static constexpr std::array<Slot, 8> slots{{
      norm_slot("mlp_norm"),
      linear_slot("gate_proj"),
      bias_slot("gate_bias"),
      linear_slot("up_proj"),
      bias_slot("up_bias"),
      output_slot("down_proj"),
      output_bias_slot("down_bias"),
      {.role = "mlp_post_norm", .columns = Extent::stream_out, .stays = true, .optional = true},
  }};

  [[nodiscard]] static SlotShape shape(const Spec& spec, std::size_t slot);
  [[nodiscard]] static AxisSize axis(const Spec& spec, std::size_t) { return {spec.intermediate_size, 1}; }
  [[nodiscard]] static std::optional<SizeProblem> problem(const Spec& spec);
  static void describe(const Spec& spec, Fields& fields);
  static void run(const Spec& spec, const Choice& choice, Slots tensors, BlockCall& call);
  [[nodiscard]] static std::unique_ptr<BlockState> state(const Spec&, const Choice&, Slots, Index) { return nullptr; }
  [[nodiscard]] static std::optional<double> output_scale(const Spec& spec) { return spec.frame.output_scale(); }
  [[nodiscard]] static Index state_bytes(const Spec&, const Choice&, Index) { return 0; }
};

static_assert(ResidualBlock<GatedMlp>);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline blocks

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/blocks/gated_mlp.ipp>
#endif
