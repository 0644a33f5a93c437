// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>

#include <multipruner/core/error.hpp>
#include <multipruner/forward/sequence_state.hpp>
#include <multipruner/tensor/require_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline forward_pass {

MULTIPRUNER_INLINE SequenceState::SequenceState(const ModelView& view, Index capacity)
    : capacity_(sum_of_sizes("key/value cache", capacity, 0)) {
  for (Index position = 0; position < view.config().num_blocks(); ++position) {
    const BlockView block = view.block({position});
    const Kind& kind = block.spec->kind();
    blocks_.push_back(block.is_gone() ? nullptr
                                      : kind.state(block.spec->spec(), block.choice, block.tensors, capacity));
  }
}

MULTIPRUNER_INLINE Index SequenceState::bytes(const ModelView& view, Index capacity) {
  Index sum = 0;
  for (Index position = 0; position < view.config().num_blocks(); ++position) {
    const BlockSpec& spec = view.graph().spec({position});
    if (view.plan().removed({position})) continue;
    const Index bytes = spec.kind().state_bytes(spec.spec(), view.plan().choice({position}), capacity);
    sum = sum_of_sizes("key/value cache", sum, bytes);
  }
  return sum;
}

MULTIPRUNER_INLINE BlockState* SequenceState::block(BlockId block) const {
  require_index(block.position, static_cast<Index>(blocks_.size()), "key/value cache", "block");
  return blocks_[static_cast<std::size_t>(block.position)].get();
}

MULTIPRUNER_INLINE Index SequenceState::length_with(Index tokens) const {
  const Index length = sum_of_sizes("key/value cache", length_, tokens);
  if (length <= capacity_) return length;
  throw OptionError("key/value cache",
                    "it holds " + std::to_string(capacity_) + " tokens, but " + std::to_string(length) + " are needed",
                    "Create it with a larger capacity");
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline forward_pass
