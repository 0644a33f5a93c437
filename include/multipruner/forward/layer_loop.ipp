// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <multipruner/core/error.hpp>
#include <multipruner/forward/layer_loop.hpp>
#include <multipruner/tensor/require_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

MULTIPRUNER_INLINE void require_states_of(const SequenceBatch& batch, std::span<const SequenceState> states) {
  if (states.empty()) return;
  if (states.size() != batch.sequences().size()) {
    throw OptionError("key/value caches",
                      "there are " + std::to_string(states.size()) + " for " +
                          std::to_string(batch.sequences().size()) + " sequences",
                      "Give one for every sequence, or none");
  }
  for (std::size_t i = 0; i < states.size(); ++i) {
    const auto& [first, rows] = batch.sequences()[i];
    (void)states[i].length_with(rows);
    if (rows == 0) continue;
    const Index position = batch.positions()[static_cast<std::size_t>(first)];
    if (position == states[i].length()) continue;
    throw OptionError("key/value caches",
                      "one has seen " + std::to_string(states[i].length()) +
                          " tokens, and its sequence continues from " + std::to_string(position),
                      "Append the sequence to the batch at the position that the cache has come to");
  }
}

/// @throws OptionError where the model does not have a block of these states.
inline std::vector<BlockState*> states_of(BlockId block, std::span<const SequenceState> states) {
  std::vector<BlockState*> found;
  for (const SequenceState& state : states) found.push_back(state.block(block));
  return found;
}

/// @throws OptionError where the streams of a block are not what it reads and writes.
inline void require_streams(const BlockView& block, MatrixView<const float> in, MatrixView<float> out,
                            const SequenceBatch& batch) {
  require_shape(in, batch.rows(), block.spec->stream_in(), "run_block", "the stream");
  require_shape(out, batch.rows(), block.spec->stream_out(), "run_block", "the stream behind the block");
  if ((in.data == out.data) != bool(block.shortcut)) return;
  throw OptionError(
      "run_block",
      block.shortcut ? "a block with a shortcut cannot run in place" : "a block without a shortcut runs in place",
      "Pass two streams where there is a shortcut, one where there is none");
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline forward_pass {

MULTIPRUNER_INLINE void run_block(const ModelView& view, BlockId id, MatrixView<const float> in, MatrixView<float> out,
                                  const SequenceBatch& batch, Workspace& workspace, ObserverRef observer,
                                  std::span<SequenceState> states) {
  const BlockView block = view.block(id);
  if (block.is_gone() && !block.shortcut) return;
  detail::require_streams(block, in, out, batch);
  detail::require_states_of(batch, states);
  observer(id, Signal::residual_in, in);
  if (block.shortcut) simd::linear(in, block.shortcut, {}, out, simd::Store::overwrite, workspace.compute());
  if (!block.is_gone()) {
    const std::vector<BlockState*> states_of_block = detail::states_of(id, states);
    BlockCall call{id, in, out, batch, workspace, observer, states_of_block};
    block.spec->kind().run(block.spec->spec(), block.choice, block.tensors, call);
  }
  observer(id, Signal::residual_out, out);
}

MULTIPRUNER_INLINE void run_blocks(const ModelView& view, Index first, Index last, Matrix<float>& stream,
                                   const SequenceBatch& batch, Workspace& workspace, ObserverRef observer,
                                   std::span<SequenceState> states) {
  require_range(first, last - first, view.config().num_blocks(), "run_blocks", "blocks");
  for (Index position = first; position < last; ++position) {
    const BlockSpec& spec = view.graph().spec({position});
    if (!spec.has_shortcut()) {
      run_block(view, {position}, stream.view(), stream.view(), batch, workspace, observer, states);
      continue;
    }
    Matrix<float>& next = workspace.next_stream;
    next.resize(stream.rows(), spec.stream_out());
    run_block(view, {position}, stream.view(), next.view(), batch, workspace, observer, states);
    std::swap(stream, next);
  }
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline forward_pass
