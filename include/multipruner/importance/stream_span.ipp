#pragma once

#include <multipruner/core/inline.hpp>
#include <multipruner/importance/stream_span.hpp>

namespace multipruner {

MULTIPRUNER_INLINE const StreamSimilarity& similarity_over(const ModelStatistics& statistics, BlockId block,
                                                           StreamSpan span) {
  return span == StreamSpan::block ? statistics.similarity(block) : statistics.layer_similarity(block.layer);
}

}  // namespace multipruner
