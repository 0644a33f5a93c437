#pragma once

#include <cmath>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <multipruner/calibration/model_statistics.hpp>
#include <multipruner/calibration/statistics_needs.hpp>
#include <multipruner/core/error.hpp>
#include <multipruner/importance/detail/unit_sums.hpp>
#include <multipruner/importance/unit_metric.hpp>

namespace multipruner {

/// WIFV of FLAP (arXiv 2312.11983, section 3.2): v_j · ‖W_:j‖² for every column j of a weight, v_j being the
/// fluctuation of its input.
[[nodiscard]] inline std::vector<double> wifv(const WeightView& weight, std::span<const double> variances) {
  std::vector<double> scores = detail::squared_column_norms(weight);
  if (scores.size() != variances.size()) {
    throw OptionError("WIFV",
                      std::to_string(variances.size()) + " variances for " + std::to_string(scores.size()) + " columns",
                      "Give the variance of every input");
  }
  for (std::size_t j = 0; j < scores.size(); ++j) scores[j] *= variances[j];
  return scores;
}

/// FLAP's bias compensation (arXiv 2312.11983, section 3.4): Σ over removed columns j of mean_j · W_:j, which is added
/// to the bias of the weight, so that on average its outputs stay what they were.
/// @throws OptionError where a removed column is outside the weight, or there is not one mean a column.
[[nodiscard]] inline std::vector<double> mean_contribution(const WeightView& weight, std::span<const double> means,
                                                           std::span<const Index> removed) {
  std::vector<double> weights(static_cast<std::size_t>(weight.columns), 0.0);
  for (const Index column : removed) {
    if (static_cast<Index>(means.size()) != weight.columns || column < 0 || column >= weight.columns) {
      throw OptionError("bias compensation",
                        "column " + std::to_string(column) + " of " + std::to_string(weight.columns) + " with " +
                            std::to_string(means.size()) + " means",
                        "Give columns of the weight and the mean of every input");
    }
    weights[static_cast<std::size_t>(column)] = means[static_cast<std::size_t>(column)];
  }
  return detail::sum_rows(
      weight, [&](double entry, Index column) { return entry * weights[static_cast<std::size_t>(column)]; });
}

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
  [[nodiscard]] std::vector<double> scores(const Graph& graph, BlockId block) const {
    if (graph.width(block) == 0) return {};
    const WeightView& weight = output_matrix(graph.weights(), block);
    std::vector<double> channels =
        wifv(weight, statistics_->moments(block, Signal::output_input, weight.columns).variances());
    if (options_.square_attention && block.kind == BlockKind::attention) {
      for (double& score : channels) score *= score;
    }
    if (options_.standardize) standardize(channels);
    return detail::mean_groups(channels, graph.config().unit_width(block.kind));
  }

 private:
  /// All alike stay 0.
  static void standardize(std::vector<double>& scores) {
    const auto count = static_cast<double>(scores.size());
    double mean = 0, square = 0;
    for (const double score : scores) mean += score;
    mean /= count;
    for (const double score : scores) square += (score - mean) * (score - mean);
    const double deviation = std::sqrt(square / std::max(count - 1, 1.0));
    for (double& score : scores) score = deviation > 0 ? (score - mean) / deviation : 0.0;
  }

  const ModelStatistics* statistics_;
  Options options_;
};

static_assert(UnitMetric<Flap>);

}  // namespace multipruner
