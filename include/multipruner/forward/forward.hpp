#pragma once

#include <span>
#include <string>

#include <multipruner/core/linkage.hpp>
#include <multipruner/forward/embedding.hpp>
#include <multipruner/forward/head.hpp>
#include <multipruner/forward/layer_loop.hpp>

namespace multipruner::inline MULTIPRUNER_ABI {

/// Runs a view over token sequences and returns the residual stream after the last block (rows × hidden_size, not
/// normed); `token_losses` and `compute_logits` go on from there.
/// @param tokens the tokens of all sequences of `batch`, one after the other.
/// @param caches what the sequences have seen before, one for each; or empty. They grow by these tokens.
/// @throws OptionError unless there are as many tokens as rows in the batch, and no caches or one for every sequence;
/// or where one is full or of another model; DataError for a token that is not in the vocabulary.
template <class O = NoObserver>
[[nodiscard]] Matrix<float> forward(const ModelView& view, std::span<const TokenId> tokens, const SequenceBatch& batch,
                                    Workspace& workspace, O&& observer = {}, std::span<KeyValueCache> caches = {}) {
  static_assert(Observer<O>,
                "forward: the observer must be an Observer: callable with (BlockId, Signal, "
                "MatrixView<const float>)");
  detail::require_one_for_each(batch, caches);
  if (static_cast<Index>(tokens.size()) != batch.rows()) {
    throw OptionError("forward",
                      "there are " + std::to_string(tokens.size()) + " tokens for a batch of " +
                          std::to_string(batch.rows()) + " rows",
                      "Give the tokens of all sequences of the batch");
  }
  Matrix<float> stream(batch.rows(), view.config().hidden_size);
  embed(view.graph(), tokens, stream.view());
  for (Index position = 0; position < view.config().num_blocks(); ++position) {
    run_blocks(view, position, position + 1, stream.view(), batch, workspace, observer, caches);
    view.graph().release(block_at(position));
  }
  for (std::size_t i = 0; i < caches.size(); ++i) caches[i].advance(batch.sequences()[i].rows);
  return stream;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI
