// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>

#include <multipruner/core/error.hpp>
#include <multipruner/forward/forward.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline forward_pass {

MULTIPRUNER_INLINE Matrix<float> forward(const ModelView& view, std::span<const TokenId> tokens,
                                         const SequenceBatch& batch, Workspace& workspace, ObserverRef observer,
                                         std::span<SequenceState> states) {
  detail::require_states_of(batch, states);
  if (static_cast<Index>(tokens.size()) != batch.rows()) {
    throw OptionError("forward",
                      "there are " + std::to_string(tokens.size()) + " tokens for a batch of " +
                          std::to_string(batch.rows()) + " rows",
                      "Give the tokens of all sequences of the batch");
  }
  Matrix<float> stream(batch.rows(), view.config().hidden_size);
  embed(view.graph(), tokens, stream.view());
  for (Index position = 0; position < view.config().num_blocks(); ++position) {
    run_blocks(view, position, position + 1, stream, batch, workspace, observer, states);
    view.graph().release(BlockId{position});
  }
  for (std::size_t i = 0; i < states.size(); ++i) states[i].advance(batch.sequences()[i].rows);
  return stream;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline forward_pass
