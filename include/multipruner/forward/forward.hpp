#pragma once

#include <span>

#include <multipruner/forward/embedding.hpp>
#include <multipruner/forward/head.hpp>
#include <multipruner/forward/layer_loop.hpp>

namespace multipruner {

/// Runs a view over token sequences and returns the residual stream after the last block (rows × hidden_size, not
/// normed); `token_losses` and `compute_logits` go on from there.
/// @param tokens the tokens of all sequences of `batch`, one after the other.
template <class O = NoObserver>
[[nodiscard]] Matrix<float> forward(const ModelView& view, std::span<const TokenId> tokens, const SequenceBatch& batch,
                                    Workspace& workspace, O&& observer = {}, KeyValueCache* cache = nullptr) {
  static_assert(Observer<O>,
                "forward: the observer must be an Observer: callable with (BlockId, Signal, "
                "MatrixView<const float>)");
  Matrix<float> stream(batch.rows(), view.config().hidden_size);
  embed(view.graph(), tokens, stream.view());
  for (Index position = 0; position < view.config().num_blocks(); ++position) {
    run_blocks(view, position, position + 1, stream.view(), batch, workspace, observer, cache);
    view.graph().release(block_at(position));
  }
  if (cache != nullptr) cache->advance(batch.rows());
  return stream;
}

}  // namespace multipruner
