// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/sizes.hpp>
#include <multipruner/plan/model_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline forward_pass {

/// What a model remembers of the tokens that one sequence has seen: keys and values of every attention block, and what
/// blocks of other kinds need.
///
/// The number of tokens is kept apart from the blocks, so that any of them may be missing. A state that was moved from
/// has no blocks and no room.
class SequenceState {
 public:
  /// @param capacity how many tokens the sequence may grow to. @throws OptionError for one that is negative or takes
  /// more than any memory.
  SequenceState(const ModelView& view, Index capacity);

  /// Bytes that a state of this capacity takes; with passes in bfloat16 keys and values may take half as much again,
  /// where attention rounds them. @throws OptionError as above.
  [[nodiscard]] static Index bytes(const ModelView& view, Index capacity);

  [[nodiscard]] Index length() const { return length_; }
  [[nodiscard]] Index capacity() const { return capacity_; }

  /// What a block remembers; null if it remembers nothing or was not there. @throws OptionError for a block that the
  /// model does not have.
  [[nodiscard]] BlockState* block(BlockId block) const;

  /// The sequence is `tokens` longer. @throws OptionError where there is no room for so many.
  void advance(Index tokens) { length_ = length_with(tokens); }

  /// How long the sequence is with so many more tokens. @throws OptionError where there is no room for them.
  [[nodiscard]] Index length_with(Index tokens) const;

 private:
  std::vector<std::unique_ptr<BlockState>> blocks_;
  OwnedSize capacity_, length_;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline forward_pass

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/forward/sequence_state.ipp>
#endif
