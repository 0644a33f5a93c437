// SPDX-License-Identifier: MIT
#pragma once

#include <span>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/types.hpp>
#include <multipruner/forward/embedding.hpp>
#include <multipruner/forward/head.hpp>
#include <multipruner/forward/layer_loop.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline forward_pass {

/// Runs a view over token sequences and returns the residual stream after the last block (rows × its width there, not
/// normed); `token_losses` and `compute_logits` go on from there.
/// @param tokens the tokens of all sequences of `batch`, one after the other.
/// @param states what the sequences have seen before, one for each; or empty. They grow by these tokens.
/// @throws OptionError unless there are as many tokens as rows in the batch, and no states or one for every sequence;
/// or where one is full or of another model; DataError for a token that is not in the vocabulary.
[[nodiscard]] Matrix<float> forward(const ModelView& view, std::span<const TokenId> tokens, const SequenceBatch& batch,
                                    Workspace& workspace, ObserverRef observer = {},
                                    std::span<SequenceState> states = {});

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline forward_pass

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/forward/forward.ipp>
#endif
