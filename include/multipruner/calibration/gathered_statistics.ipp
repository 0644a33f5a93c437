// SPDX-License-Identifier: MIT
#pragma once

#include <utility>

#include <multipruner/blocks/workspace.hpp>
#include <multipruner/calibration/gathered_statistics.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline calibration {

MULTIPRUNER_INLINE GatheredStatistics::GatheredStatistics(std::reference_wrapper<const Graph> graph,
                                                          std::reference_wrapper<const TokenWindows> windows,
                                                          simd::Compute compute, StatisticsOptions options,
                                                          ProgressSink& progress)
    : graph_(graph), windows_(windows), compute_(compute), options_(std::move(options)), progress_(progress) {}

MULTIPRUNER_INLINE const ModelStatistics& GatheredStatistics::gather(const StatisticsNeeds& needs) {
  const StatisticsNeeds all = known_ | needs;
  if (!statistics_ || all != known_) {
    Workspace workspace(compute_);
    statistics_.reset();  // both at once may not fit into memory
    known_ = {};
    statistics_ = gather_statistics(ModelView(graph_), windows_, all, workspace, options_, progress_);
    known_ = all;
  }
  return *statistics_;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline calibration
