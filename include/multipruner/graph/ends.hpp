// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <optional>

#include <multipruner/core/linkage.hpp>
#include <multipruner/graph/model_config.hpp>
#include <multipruner/graph/slot.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline graph {

/// What stands around the residual blocks, with a slot table as a kind of block has: the embedding before them, the
/// last norm and the head behind them. Its spec is the ModelConfig.
struct Ends {
  enum Tensor : std::size_t { embed_tokens, final_norm, final_norm_bias, lm_head, lm_head_bias };

  static constexpr std::array<Slot, 5> slots{{
      {.role = "embed_tokens", .rows = Extent::fixed, .columns = Extent::stream_in},
      {.role = "final_norm", .columns = Extent::stream_out},
      {.role = "final_norm_bias", .columns = Extent::stream_out},
      {.role = "lm_head", .rows = Extent::fixed, .columns = Extent::stream_out},
      {.role = "lm_head_bias", .columns = Extent::fixed},
  }};

  /// How many of them stand before the blocks.
  static constexpr std::size_t before_blocks = 1;

  /// The shape of a tensor in a checkpoint, or nothing if the checkpoint does not have it: the head of a model that is
  /// tied to its embedding, biases that the configuration does not announce.
  [[nodiscard]] static std::optional<TensorShape> shape(const ModelConfig& config, std::size_t slot);
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline graph

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/graph/ends.ipp>
#endif
