// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>

#include <multipruner/calibration/gather_statistics.hpp>
#include <multipruner/policy/detail/assumed_statistics.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// Of a stream of one token that a change of so much turns and lengthens.
inline StreamSimilarity assumed_similarity(double change) {
  const double cosine = 1 / (1 + change);
  return {
      .tokens = 1, .windows = 1, .cosine = cosine, .magnitude = change, .angle = std::acos(cosine) / std::numbers::pi};
}

MULTIPRUNER_INLINE const ModelStatistics& AssumedStatistics::gather(const StatisticsNeeds& needs) {
  if (statistics_ && (known_ | needs) == known_) return *statistics_;
  ++passes_;
  known_ = known_ | needs;
  const ModelView view(*costs_.graph);
  statistics_.emplace(StatisticsOrigin{}, view.config().blocks);
  for (Index position = 0; position < view.config().num_blocks(); ++position) {
    const BlockId block{position};
    if (view.plan().removed(block)) continue;
    prepare(*statistics_, view, block, known_);
    BlockStatistics& known = statistics_->at(block);
    const double change = std::max(costs_.removed[static_cast<std::size_t>(position)], 0.0);
    if (known.similarity) known.similarity = assumed_similarity(change);
    if (known.layer_similarity) known.layer_similarity = assumed_similarity(change);
  }
  return *statistics_;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
