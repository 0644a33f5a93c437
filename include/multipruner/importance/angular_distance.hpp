// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

#include <multipruner/calibration/model_statistics.hpp>
#include <multipruner/calibration/statistics_needs.hpp>
#include <multipruner/core/linkage.hpp>
#include <multipruner/importance/block_metric.hpp>
#include <multipruner/importance/stream_span.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline importance {

/// Angular distance (arXiv 2403.17887, equation 7, over one layer): the mean over windows of arccos(cosine) / π, the
/// cosine being that between the last token of a window in the residual stream before and after.
///
/// The statistics must outlive the metric.
class AngularDistance {
 public:
  static constexpr std::string_view name = "angular-distance";
  static constexpr StatisticsNeeds needs{.similarity = true};

  explicit AngularDistance(const ModelStatistics& statistics, StreamSpan span = StreamSpan::block)
      : statistics_(&statistics), span_(span) {}
  explicit AngularDistance(const ModelStatistics&&, StreamSpan = StreamSpan::block) = delete;

  /// @throws OptionError where the statistics lack what this metric needs.
  [[nodiscard]] double score(const Graph&, BlockId block) const;

 private:
  const ModelStatistics* statistics_;
  StreamSpan span_;
};

static_assert(BlockMetric<AngularDistance>);

/// What `angular_distance` needs to be gathered.
inline constexpr StatisticsNeeds angular_distance_needs{.last_tokens = true};

/// Angular distance over a run of layers (arXiv 2403.17887, equation 7): as AngularDistance, between the stream before
/// the first layer and behind the last one.
/// @throws OptionError where the last tokens of these layers were not gathered, or the stream has another width there.
[[nodiscard]] double angular_distance(const ModelStatistics& statistics, Index first_layer, Index last_layer);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline importance

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/importance/angular_distance.ipp>
#endif
