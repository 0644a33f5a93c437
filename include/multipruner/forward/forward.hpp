#pragma once

#include <span>
#include <string>

#include <multipruner/forward/embedding.hpp>
#include <multipruner/forward/head.hpp>
#include <multipruner/forward/layer_loop.hpp>

namespace multipruner {

namespace detail {

inline void require_one_for_each(const SequenceBatch& batch, std::span<const KeyValueCache> caches) {
  if (caches.empty() || caches.size() == batch.sequences().size()) return;
  throw OptionError(
      "key/value caches",
      "there are " + std::to_string(caches.size()) + " for " + std::to_string(batch.sequences().size()) + " sequences",
      "Give one for every sequence, or none");
}

}  // namespace detail

/// Runs a view over token sequences and returns the residual stream after the last block (rows × hidden_size, not
/// normed); `token_losses` and `compute_logits` go on from there.
/// @param tokens the tokens of all sequences of `batch`, one after the other.
/// @param caches what the sequences have seen before, one for each; or empty. They grow by these tokens.
/// @throws OptionError unless there are no caches or one for every sequence, or where one is full.
template <class O = NoObserver>
[[nodiscard]] Matrix<float> forward(const ModelView& view, std::span<const TokenId> tokens, const SequenceBatch& batch,
                                    Workspace& workspace, O&& observer = {}, std::span<KeyValueCache> caches = {}) {
  static_assert(Observer<O>,
                "forward: the observer must be an Observer: callable with (BlockId, Signal, "
                "MatrixView<const float>)");
  detail::require_one_for_each(batch, caches);
  Matrix<float> stream(batch.rows(), view.config().hidden_size);
  embed(view.graph(), tokens, stream.view());
  for (Index position = 0; position < view.config().num_blocks(); ++position) {
    run_blocks(view, position, position + 1, stream.view(), batch, workspace, observer, caches);
    view.graph().release(block_at(position));
  }
  for (std::size_t i = 0; i < caches.size(); ++i) caches[i].advance(batch.sequences()[i].rows);
  return stream;
}

}  // namespace multipruner
