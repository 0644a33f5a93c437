#pragma once

#include <multipruner/core/linkage.hpp>
#include <multipruner/forward/blocks.hpp>

namespace multipruner::inline MULTIPRUNER_ABI {

/// Runs the residual blocks at positions [first, last) of a view over a residual stream, in place.
///
/// This is the one layer loop of the library: dense and pruned, calibrating, evaluating and generating runs differ only
/// in the view, the observer and the cache they bring. A removed block is skipped together with its norm.
///
/// @param stream rows × hidden_size; the rows of all sequences of `batch`, stacked. A row's result does not depend on
///        which sequences are stacked with its own.
/// @param caches empty, or one for every sequence of the batch; the caller advances them after the last block.
/// @throws OptionError for positions that the view does not have, and where shapes or numbers disagree.
template <Observer O>
void run_blocks(const ModelView& view, Index first, Index last, MatrixView<float> stream, const SequenceBatch& batch,
                Workspace& workspace, O& observer, std::span<KeyValueCache> caches = {}) {
  require_range(first, last - first, view.config().num_blocks(), "run_blocks", "blocks");
  for (Index position = first; position < last; ++position) {
    const BlockId block = block_at(position);
    if (view.plan().removed(block)) continue;
    observer(block, Signal::residual_in, stream);
    if (block.kind == BlockKind::attention) {
      run_attention(view, block.layer, stream, batch, workspace, observer, caches);
    } else {
      run_mlp(view, block.layer, stream, workspace, observer);
    }
    observer(block, Signal::residual_out, stream);
  }
}

}  // namespace multipruner::inline MULTIPRUNER_ABI
