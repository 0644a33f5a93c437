// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <span>
#include <string>

#include <multipruner/blocks/sequence_batch.hpp>
#include <multipruner/core/linkage.hpp>
#include <multipruner/core/types.hpp>
#include <multipruner/graph/block.hpp>
#include <multipruner/graph/signal.hpp>
#include <multipruner/plan/model_view.hpp>
#include <multipruner/simd/compute.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline forward_pass {

/// Where a number that is not finite first appears as tokens go through a model.
struct NonFinitePlace {
  std::optional<BlockId> block{};       ///< nothing: before the first block, or behind the last one
  Signal signal = Signal::residual_in;  ///< of the block; residual_out: what its output matrix adds
  bool in_embedding = false;            ///< before the first block
};

/// E.g. "layer 3 mlp, in its residual_out", for errors.
[[nodiscard]] std::string label_of(const NonFinitePlace& place, const ModelConfig& config);

/// Runs tokens through a model and looks at all that its blocks compute, to tell why a loss or logits are not finite.
/// @param batch  how the tokens belong to sequences
/// @returns the first place; behind the last block where all that blocks compute is finite.
/// @throws DataError if a token is not in the vocabulary.
[[nodiscard]] NonFinitePlace first_non_finite(const ModelView& view, std::span<const TokenId> tokens,
                                              const SequenceBatch& batch,
                                              simd::Compute compute = simd::Compute::float32);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline forward_pass

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/forward/first_non_finite.ipp>
#endif
