// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/sizes.hpp>
#include <multipruner/core/types.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline blocks {

/// Rows of one sequence inside a stack of rows.
struct Sequence {
  Index first_row = 0;
  Index rows = 0;
};

/// How the rows of a residual stream belong to sequences, and at which position of its sequence every row stands.
/// Sequences do not see each other.
class SequenceBatch {
 public:
  SequenceBatch() = default;

  /// `count` sequences of `length` tokens each, all starting at position 0. @throws OptionError as `append`.
  SequenceBatch(Index count, Index length);

  /// Adds a sequence of `rows` tokens behind the others. With a key/value cache its first token may stand later.
  /// @throws OptionError for a number of tokens or a position that is negative.
  void append(Index rows, Index first_position = 0);

  [[nodiscard]] const std::vector<Sequence>& sequences() const { return sequences_; }
  [[nodiscard]] const std::vector<Index>& positions() const { return positions_; }
  [[nodiscard]] Index last_position() const { return last_position_; }
  [[nodiscard]] Index rows() const { return static_cast<Index>(positions_.size()); }

 private:
  std::vector<Sequence> sequences_;
  std::vector<Index> positions_;
  OwnedSize last_position_;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline blocks

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/blocks/sequence_batch.ipp>
#endif
