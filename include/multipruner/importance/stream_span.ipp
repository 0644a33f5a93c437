// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/importance/stream_span.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline importance {

MULTIPRUNER_INLINE const StreamSimilarity& similarity_over(const ModelStatistics& statistics, BlockId block,
                                                           StreamSpan span) {
  return span == StreamSpan::block ? statistics.similarity(block)
                                   : statistics.layer_similarity(statistics.blocks()[block].layer());
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline importance
