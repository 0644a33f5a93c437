// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/importance/block_influence.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline importance {

MULTIPRUNER_INLINE double BlockInfluence::score(const Graph&, BlockId block) const {
  const StreamSimilarity& similarity = similarity_over(*statistics_, block, span_);
  return 1.0 - similarity.cosine / static_cast<double>(similarity.tokens);
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline importance
