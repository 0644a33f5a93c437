// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <cstddef>

#include <multipruner/importance/detail/unit_sums.hpp>
#include <multipruner/importance/output_norm.hpp>
#include <multipruner/importance/structured_obs.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline importance {

MULTIPRUNER_INLINE std::vector<double> OutputNorm::scores(const Graph& graph, BlockAxis axis) const {
  if (graph.width(axis) == 0) return {};
  const WeightView& weight = output_matrix(graph, axis);
  const std::vector<double>& squares =
      statistics_->moments(axis.block, output_input(graph, axis), weight.columns).squares();
  std::vector<double> channels = detail::squared_column_norms(weight);
  for (std::size_t j = 0; j < channels.size(); ++j) channels[j] *= squares[j];
  std::vector<double> scores = detail::sum_groups(channels, graph.unit_width(axis));
  for (double& score : scores) score = std::sqrt(score);
  return scores;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline importance
