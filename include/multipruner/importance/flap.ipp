// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>

#include <multipruner/core/error.hpp>
#include <multipruner/importance/detail/unit_sums.hpp>
#include <multipruner/importance/flap.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline importance {

MULTIPRUNER_INLINE std::vector<double> wifv(const WeightView& weight, std::span<const double> variances) {
  std::vector<double> scores = detail::squared_column_norms(weight);
  if (scores.size() != variances.size()) {
    throw OptionError("WIFV",
                      std::to_string(variances.size()) + " variances for " + std::to_string(scores.size()) + " columns",
                      "Give the variance of every input");
  }
  for (std::size_t j = 0; j < scores.size(); ++j) scores[j] *= variances[j];
  return scores;
}

MULTIPRUNER_INLINE std::vector<double> mean_contribution(const WeightView& weight, std::span<const double> means,
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

MULTIPRUNER_INLINE std::vector<double> Flap::scores(const Graph& graph, BlockAxis axis) const {
  if (graph.width(axis) == 0) return {};
  const WeightView& weight = output_matrix(graph, axis);
  std::vector<double> channels =
      wifv(weight, statistics_->moments(axis.block, output_input(graph, axis), weight.columns).variances());
  if (options_.square_attention && graph.unit_width(axis) > 1) {
    for (double& score : channels) score *= score;
  }
  if (options_.standardize) standardize(channels);
  return detail::mean_groups(channels, graph.unit_width(axis));
}

MULTIPRUNER_INLINE void Flap::standardize(std::vector<double>& scores) {
  const auto count = static_cast<double>(scores.size());
  double mean = 0, square = 0;
  for (const double score : scores) mean += score;
  mean /= count;
  for (const double score : scores) square += (score - mean) * (score - mean);
  const double deviation = std::sqrt(square / std::max(count - 1, 1.0));
  for (double& score : scores) score = deviation > 0 ? (score - mean) / deviation : 0.0;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline importance
