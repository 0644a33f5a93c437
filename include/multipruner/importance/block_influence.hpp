// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

#include <multipruner/calibration/model_statistics.hpp>
#include <multipruner/calibration/statistics_needs.hpp>
#include <multipruner/core/linkage.hpp>
#include <multipruner/importance/block_metric.hpp>
#include <multipruner/importance/stream_span.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline importance {

/// Block Influence (ShortGPT, arXiv 2403.03853, equation 1): 1 − the mean over tokens of the cosine between the
/// residual stream before and after. The raw stream is compared, also behind the last layer; a zero vector has the
/// cosine 0.5.
///
/// The statistics must outlive the metric.
class BlockInfluence {
 public:
  static constexpr std::string_view name = "block-influence";
  static constexpr StatisticsNeeds needs{.similarity = true};

  explicit BlockInfluence(const ModelStatistics& statistics, StreamSpan span = StreamSpan::block)
      : statistics_(&statistics), span_(span) {}
  explicit BlockInfluence(const ModelStatistics&&, StreamSpan = StreamSpan::block) = delete;

  /// @throws OptionError where the statistics lack what this metric needs.
  [[nodiscard]] double score(const Graph&, BlockId block) const;

 private:
  const ModelStatistics* statistics_;
  StreamSpan span_;
};

static_assert(BlockMetric<BlockInfluence>);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline importance

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/importance/block_influence.ipp>
#endif
