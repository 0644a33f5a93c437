// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>

#include <multipruner/search/evaluator_statistics.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline search {

MULTIPRUNER_INLINE EvaluatorStatistics& EvaluatorStatistics::operator+=(const EvaluatorStatistics& other) {
  plans += other.plans;
  estimated_plans += other.estimated_plans;
  blocks_run += other.blocks_run;
  blocks_saved_by_sharing += other.blocks_saved_by_sharing;
  blocks_saved_by_reuse += other.blocks_saved_by_reuse;
  blocks_saved_by_early_stop += other.blocks_saved_by_early_stop;
  blocks_saved_by_memory += other.blocks_saved_by_memory;
  weight_bytes += other.weight_bytes;
  most_stream_bytes = std::max(most_stream_bytes, other.most_stream_bytes);
  return *this;
}

MULTIPRUNER_INLINE Index EvaluatorStatistics::blocks_asked_for() const {
  return blocks_run + blocks_saved_by_sharing + blocks_saved_by_reuse + blocks_saved_by_early_stop +
         blocks_saved_by_memory;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline search
