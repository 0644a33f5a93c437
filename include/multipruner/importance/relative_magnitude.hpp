// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

#include <multipruner/calibration/model_statistics.hpp>
#include <multipruner/calibration/statistics_needs.hpp>
#include <multipruner/core/linkage.hpp>
#include <multipruner/importance/block_metric.hpp>
#include <multipruner/importance/stream_span.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline importance {

/// Relative Magnitude (arXiv 2312.09299): the mean over tokens of ‖f(x)‖ / ‖x + f(x)‖, f being what a block or layer
/// adds to the residual stream.
///
/// The statistics must outlive the metric.
class RelativeMagnitude {
 public:
  static constexpr std::string_view name = "relative-magnitude";
  static constexpr StatisticsNeeds needs{.similarity = true};

  explicit RelativeMagnitude(const ModelStatistics& statistics, StreamSpan span = StreamSpan::block)
      : statistics_(&statistics), span_(span) {}
  explicit RelativeMagnitude(const ModelStatistics&&, StreamSpan = StreamSpan::block) = delete;

  /// @throws OptionError where the statistics lack what this metric needs.
  [[nodiscard]] double score(const Graph&, BlockId block) const;

 private:
  const ModelStatistics* statistics_;
  StreamSpan span_;
};

static_assert(BlockMetric<RelativeMagnitude>);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline importance

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/importance/relative_magnitude.ipp>
#endif
