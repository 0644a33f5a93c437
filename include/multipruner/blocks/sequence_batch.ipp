// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>

#include <multipruner/blocks/sequence_batch.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline blocks {

MULTIPRUNER_INLINE SequenceBatch::SequenceBatch(Index count, Index length) {
  (void)product_of_sizes("sequences", {count, length});
  for (Index i = 0; i < count; ++i) append(length);
}

MULTIPRUNER_INLINE void SequenceBatch::append(Index rows, Index first_position) {
  (void)sum_of_sizes("sequence", rows, first_position);
  sequences_.push_back({this->rows(), rows});
  for (Index i = 0; i < rows; ++i) positions_.push_back(first_position + i);
  last_position_ = std::max<Index>(last_position_, first_position + rows - 1);
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline blocks
