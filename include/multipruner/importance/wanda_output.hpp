// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>
#include <vector>

#include <multipruner/calibration/model_statistics.hpp>
#include <multipruner/calibration/statistics_needs.hpp>
#include <multipruner/core/linkage.hpp>
#include <multipruner/importance/unit_metric.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline importance {

/// Wanda-sp, the structured Wanda of FLAP's code (arXiv 2312.11983): channel j of o_proj or down_proj scores the mean
/// over i of |W_ij| · ‖x_j‖₂, a key/value group the sum over its channels.
///
/// The statistics must outlive the metric.
class WandaOutput {
 public:
  static constexpr std::string_view name = "wanda-output";
  static constexpr StatisticsNeeds needs{.output_input = {.moments = true}};

  explicit WandaOutput(const ModelStatistics& statistics) : statistics_(&statistics) {}
  explicit WandaOutput(const ModelStatistics&&) = delete;

  /// @throws OptionError where the statistics lack what this metric needs.
  [[nodiscard]] std::vector<double> scores(const Graph& graph, BlockAxis axis) const;

 private:
  const ModelStatistics* statistics_;
};

static_assert(UnitMetric<WandaOutput>);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline importance

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/importance/wanda_output.ipp>
#endif
