// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>
#include <vector>

#include <multipruner/calibration/model_statistics.hpp>
#include <multipruner/calibration/statistics_needs.hpp>
#include <multipruner/core/linkage.hpp>
#include <multipruner/importance/unit_metric.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline importance {

/// L1 with every weight scaled by the norm of its input, |w_ij| · ‖x_j‖₂ (Wanda, arXiv 2306.11695): how MultiPruner's
/// Table 7 can be read, which orders units by Wanda without giving a formula. `WandaOutput` is the other reading.
///
/// The statistics must outlive the metric.
class Wanda {
 public:
  static constexpr std::string_view name = "wanda";
  static constexpr StatisticsNeeds needs{.block_input = {.moments = true}};

  explicit Wanda(const ModelStatistics& statistics) : statistics_(&statistics) {}
  explicit Wanda(const ModelStatistics&&) = delete;

  /// @throws OptionError where the statistics lack what this metric needs.
  [[nodiscard]] std::vector<double> scores(const Graph& graph, BlockAxis axis) const;

 private:
  const ModelStatistics* statistics_;
};

static_assert(UnitMetric<Wanda>);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline importance

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/importance/wanda.ipp>
#endif
