// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>
#include <vector>

#include <multipruner/calibration/model_statistics.hpp>
#include <multipruner/calibration/statistics_needs.hpp>
#include <multipruner/core/linkage.hpp>
#include <multipruner/importance/unit_metric.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline importance {

/// How Obs scores.
struct ObsOptions {
  /// λ = ridge · mean(diag G), as OSSCAR has it.
  double ridge = 0.01;
  /// Remove units one after the other with the update of the rest, and score a unit by its place in that order: 0 for
  /// the one that goes first. Every step costs n² operations for n channels.
  bool greedy = false;
  /// Units that go between two rescorings.
  Index units_per_step = 1;
};

/// The loss of removing a unit when the columns of o_proj or down_proj that stay take over as well as they can, by
/// least squares (optimal brain surgeon for columns: ZipLM, arXiv 2302.04089; OSSCAR, arXiv 2403.12983). A channel
/// scores ‖W_:j‖² / (G⁻¹)_jj, a key/value group tr(W_P ((G⁻¹)_PP)⁻¹ W_Pᵀ). Inputs that are always zero score 0.
///
/// Takes n³ operations for a block of n channels, and beside the Gram matrix another matrix of n × n doubles, or with
/// `greedy` two. The statistics must outlive the metric.
class Obs {
 public:
  static constexpr std::string_view name = "obs";
  static constexpr StatisticsNeeds needs{.output_input = {.gram = true}};

  explicit Obs(const ModelStatistics& statistics, ObsOptions options = {})
      : statistics_(&statistics), options_(options) {}
  explicit Obs(const ModelStatistics&&, ObsOptions = {}) = delete;

  /// @throws OptionError where the statistics lack what this metric needs.
  [[nodiscard]] std::vector<double> scores(const Graph& graph, BlockAxis axis) const;

 private:
  const ModelStatistics* statistics_;
  ObsOptions options_;
};

static_assert(UnitMetric<Obs>);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline importance

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/importance/obs.ipp>
#endif
