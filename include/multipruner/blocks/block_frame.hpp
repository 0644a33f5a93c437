// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <optional>

#include <multipruner/core/linkage.hpp>
#include <multipruner/graph/kind.hpp>
#include <multipruner/tensor/matrix_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline blocks {

/// What stands around that which a block computes, x ← x + multiplier · RMSNorm(f(RMSNorm(x))); most families have the
/// inner norm alone.
struct BlockFrame {
  bool pre_norm = true;            ///< the stream is normed before the block reads it
  bool post_norm = false;          ///< what the block adds is normed (Gemma 2, OLMo 2)
  bool norm_offset = false;        ///< gains of norms are 1 + weight (Gemma)
  double residual_multiplier = 1;  ///< what the block adds is multiplied by (Granite)

  /// Whether the block adds what its output matrix gives, as it is.
  [[nodiscard]] bool is_plain() const { return !post_norm && residual_multiplier == 1; }

  /// What is added to the gains of norms.
  [[nodiscard]] float offset() const { return norm_offset ? 1.0f : 0.0f; }

  /// See ResidualBlock.
  [[nodiscard]] std::optional<double> output_scale() const {
    return post_norm ? std::nullopt : std::optional(residual_multiplier);
  }

  friend bool operator==(const BlockFrame&, const BlockFrame&) = default;
};

/// What is wrong with a frame; nothing where it can be.
[[nodiscard]] std::optional<SizeProblem> problem_of(const BlockFrame& frame);

/// Adds what differs from most families.
void describe(const BlockFrame& frame, Fields& fields);

/// What the linears of a block read: the normed stream, or the stream itself. Of use until the workspace is.
[[nodiscard]] MatrixView<const float> read_stream(const BlockFrame& frame, const WeightView& norm, double epsilon,
                                                  BlockCall& call);

/// Adds x · weightᵀ + bias to the stream as the frame says. All else of the block has to be computed by then.
/// @param post_norm  the weight of that norm; empty where the frame has none
/// @param buffer  of the workspace, which nothing else of the block is in
void add_output(const BlockFrame& frame, MatrixView<const float> x, const WeightView& weight, const WeightView& bias,
                const WeightView& post_norm, double epsilon, std::size_t buffer, BlockCall& call);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline blocks

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/blocks/block_frame.ipp>
#endif
