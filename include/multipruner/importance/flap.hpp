// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include <multipruner/calibration/model_statistics.hpp>
#include <multipruner/calibration/statistics_needs.hpp>
#include <multipruner/core/linkage.hpp>
#include <multipruner/importance/unit_metric.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline importance {

/// WIFV of FLAP (arXiv 2312.11983, section 3.2): v_j · ‖W_:j‖² for every column j of a weight, v_j being the
/// fluctuation of its input.
[[nodiscard]] std::vector<double> wifv(const WeightView& weight, std::span<const double> variances);

/// FLAP's bias compensation (arXiv 2312.11983, section 3.4): Σ over removed columns j of mean_j · W_:j, which is added
/// to the bias of the weight, so that on average its outputs stay what they were.
/// @throws OptionError where a removed column is outside the weight, or there is not one mean a column.
[[nodiscard]] std::vector<double> mean_contribution(const WeightView& weight, std::span<const double> means,
                                                    std::span<const Index> removed);

/// FLAP's fluctuation metric: channels of o_proj and down_proj by WIFV, key/value groups by the mean over their
/// channels.
///
/// The variance is Welford's; the released code leaves the first sample out of it. The statistics must outlive the
/// metric.
class Flap {
 public:
  static constexpr std::string_view name = "flap";
  static constexpr StatisticsNeeds needs{.output_input = {.moments = true}};

  struct Options {
    /// Square the channels of attention before their means are taken, as the released code does.
    bool square_attention = true;
    /// Scale the channels of a block to mean 0 and unbiased standard deviation 1, so that blocks can be compared
    /// (FLAP's adaptive search over all layers, AL-AM).
    bool standardize = false;
  };

  explicit Flap(const ModelStatistics& statistics) : Flap(statistics, Options{}) {}
  Flap(const ModelStatistics& statistics, Options options) : statistics_(&statistics), options_(options) {}
  explicit Flap(const ModelStatistics&&) = delete;
  Flap(const ModelStatistics&&, Options) = delete;

  /// @throws OptionError where the statistics lack what this metric needs.
  [[nodiscard]] std::vector<double> scores(const Graph& graph, BlockAxis axis) const;

 private:
  /// All alike stay 0.
  static void standardize(std::vector<double>& scores);

  const ModelStatistics* statistics_;
  Options options_;
};

static_assert(UnitMetric<Flap>);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline importance

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/importance/flap.ipp>
#endif
