// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>
#include <vector>

#include <multipruner/calibration/model_statistics.hpp>
#include <multipruner/calibration/statistics_needs.hpp>
#include <multipruner/core/linkage.hpp>
#include <multipruner/importance/unit_metric.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline importance {

/// What a unit writes into the residual stream: channel j scores ‖W_:j‖₂ · ‖x_j‖₂, W being o_proj or down_proj, which
/// is the Frobenius norm of what it adds over all tokens. A key/value group scores the root of the sum of the squares
/// of its channels, as if these were uncorrelated. Obs without what the other channels can make good.
///
/// The statistics must outlive the metric.
class OutputNorm {
 public:
  static constexpr std::string_view name = "output-norm";
  static constexpr StatisticsNeeds needs{.output_input = {.moments = true}};

  explicit OutputNorm(const ModelStatistics& statistics) : statistics_(&statistics) {}
  explicit OutputNorm(const ModelStatistics&&) = delete;

  /// @throws OptionError where the statistics lack what this metric needs.
  [[nodiscard]] std::vector<double> scores(const Graph& graph, BlockAxis axis) const;

 private:
  const ModelStatistics* statistics_;
};

static_assert(UnitMetric<OutputNorm>);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline importance

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/importance/output_norm.ipp>
#endif
