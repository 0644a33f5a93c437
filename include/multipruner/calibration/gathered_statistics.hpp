// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <optional>

#include <multipruner/calibration/gather_statistics.hpp>
#include <multipruner/calibration/statistics_source.hpp>
#include <multipruner/core/linkage.hpp>
#include <multipruner/core/progress.hpp>
#include <multipruner/simd/compute.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline calibration {

/// Gathers statistics of a whole graph when they are first asked for, and keeps them. The graph, the windows and the
/// progress sink must outlive it.
class GatheredStatistics final : public StatisticsSource {
 public:
  GatheredStatistics(std::reference_wrapper<const Graph> graph, std::reference_wrapper<const TokenWindows> windows,
                     simd::Compute compute = simd::Compute::float32, StatisticsOptions options = {},
                     ProgressSink& progress = silent_progress());

  /// @throws Error as gather_statistics; nothing is kept then.
  [[nodiscard]] MULTIPRUNER_INLINE const ModelStatistics& gather(const StatisticsNeeds& needs) override;

  [[nodiscard]] const TokenWindows* windows(Index) override { return &windows_; }

 private:
  const Graph& graph_;
  const TokenWindows& windows_;
  simd::Compute compute_;
  StatisticsOptions options_;
  ProgressSink& progress_;
  StatisticsNeeds known_;
  std::optional<ModelStatistics> statistics_;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline calibration

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/calibration/gathered_statistics.ipp>
#endif
