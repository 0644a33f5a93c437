// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/importance/relative_magnitude.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline importance {

MULTIPRUNER_INLINE double RelativeMagnitude::score(const Graph&, BlockId block) const {
  const StreamSimilarity& similarity = similarity_over(*statistics_, block, span_);
  return similarity.magnitude / static_cast<double>(similarity.tokens);
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline importance
