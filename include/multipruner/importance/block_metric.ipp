// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <string>

#include <multipruner/core/error.hpp>
#include <multipruner/importance/block_metric.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

MULTIPRUNER_INLINE void require_finite_score(const std::string& block, std::string_view metric, double score) {
  if (std::isfinite(score)) return;
  throw DataError(block, "the " + std::string(metric) + " score is not finite", "Check the weights of this layer");
}

MULTIPRUNER_INLINE void sort_by_score(std::vector<ScoredBlock>& blocks) {
  std::ranges::stable_sort(blocks, {}, &ScoredBlock::score);
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
