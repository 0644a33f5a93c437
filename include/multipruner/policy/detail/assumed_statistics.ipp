// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
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

/// Of one window whose stream stays in a plane and has been turned so far, as a share of half a turn.
inline void assume_last_tokens(LastTokens& tokens, double turned_before, double turned_behind) {
  const auto direction = [](double turned) {
    const double angle = turned * std::numbers::pi;
    return std::array<float, 2>{static_cast<float>(std::cos(angle)), static_cast<float>(std::sin(angle))};
  };
  const SequenceBatch one(1, 1);
  tokens.add_before({direction(turned_before).data(), 1, 2}, one);
  tokens.add_behind({direction(turned_behind).data(), 1, 2}, one);
}

MULTIPRUNER_INLINE const ModelStatistics& AssumedStatistics::gather(const StatisticsNeeds& needs) {
  if (statistics_ && (known_ | needs) == known_) return *statistics_;
  ++passes_;
  known_ = known_ | needs;
  const ModelView view(*costs_.graph);
  statistics_.emplace(StatisticsOrigin{}, view.config().blocks);
  double turned = 0;  // by all layers so far; never beyond half a turn, so that longer runs turn it more
  for (Index position = 0; position < view.config().num_blocks(); ++position) {
    const BlockId block{position};
    if (view.plan().removed(block)) continue;
    prepare(*statistics_, view, block, known_);
    BlockStatistics& known = statistics_->at(block);
    const double change = std::max(costs_.removed[static_cast<std::size_t>(position)], 0.0);
    if (known.similarity) known.similarity = assumed_similarity(change);
    if (known.layer_similarity) known.layer_similarity = assumed_similarity(change);
    if (!known.layer_last_tokens) continue;
    const double before = turned;
    turned += assumed_similarity(change).angle / static_cast<double>(view.config().num_blocks());
    assume_last_tokens(*known.layer_last_tokens, before, turned);
  }
  return *statistics_;
}

MULTIPRUNER_INLINE const TokenWindows* AssumedStatistics::windows(Index passes) {
  passes_ += passes;
  return nullptr;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
