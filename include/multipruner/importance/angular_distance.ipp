// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/importance/angular_distance.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline importance {

MULTIPRUNER_INLINE double AngularDistance::score(const Graph&, BlockId block) const {
  const StreamSimilarity& similarity = similarity_over(*statistics_, block, span_);
  return similarity.angle / static_cast<double>(similarity.windows);
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline importance
