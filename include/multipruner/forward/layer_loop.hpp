// SPDX-License-Identifier: MIT
#pragma once

#include <span>

#include <multipruner/blocks/block_call.hpp>
#include <multipruner/core/linkage.hpp>
#include <multipruner/forward/sequence_state.hpp>
#include <multipruner/tensor/matrix.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline forward_pass {

/// Runs one residual block of a view: out ← in + f(in), or S·in + f(in) with a shortcut. A removed block is skipped
/// together with its norm.
/// @param in  rows × the stream that the block reads
/// @param out  rows × the stream that it writes: the same memory as `in` where the block has no shortcut, other memory
///        where it has one
/// @param states  empty, or one for every sequence of the batch
/// @throws OptionError for a block that the model does not have, and where shapes or numbers disagree.
void run_block(const ModelView& view, BlockId block, MatrixView<const float> in, MatrixView<float> out,
               const SequenceBatch& batch, Workspace& workspace, ObserverRef observer = {},
               std::span<SequenceState> states = {});

/// Runs the residual blocks at positions [first, last) of a view over a residual stream.
///
/// This is the one layer loop of the library: dense and pruned, calibrating, evaluating and generating runs differ only
/// in the view, the observer and the states they bring. A removed block is skipped together with its norm.
///
/// @param stream rows × the width of the stream before the first block; as wide as the one behind the last block
///        afterwards. The rows of all sequences of `batch`, stacked. A row's result does not depend on which sequences
///        are stacked with its own.
/// @param states empty, or one for every sequence of the batch; the caller advances them after the last block.
/// @throws OptionError for positions that the view does not have, and where shapes or numbers disagree.
void run_blocks(const ModelView& view, Index first, Index last, Matrix<float>& stream, const SequenceBatch& batch,
                Workspace& workspace, ObserverRef observer = {}, std::span<SequenceState> states = {});

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline forward_pass

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// @throws OptionError unless there are no states or one for every sequence, which has seen as many tokens as stand
/// before those of the batch, and has room for these.
void require_states_of(const SequenceBatch& batch, std::span<const SequenceState> states);

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/forward/layer_loop.ipp>
#endif
