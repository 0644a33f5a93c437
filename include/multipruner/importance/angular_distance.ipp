// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/importance/angular_distance.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline importance {

MULTIPRUNER_INLINE double AngularDistance::score(const Graph&, BlockId block) const {
  const StreamSimilarity& similarity = similarity_over(*statistics_, block, span_);
  return similarity.angle / static_cast<double>(similarity.windows);
}

MULTIPRUNER_INLINE double angular_distance(const ModelStatistics& statistics, Index first_layer, Index last_layer) {
  const MatrixView<const float> before = statistics.last_tokens(first_layer).before();
  StreamSimilarity similarity;
  similarity.add(before, statistics.last_tokens(last_layer).behind(), SequenceBatch(before.rows, 1));
  return similarity.angle / static_cast<double>(similarity.windows);
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline importance
