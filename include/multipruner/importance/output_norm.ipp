#pragma once

#include <cmath>
#include <cstddef>

#include <multipruner/importance/detail/unit_sums.hpp>
#include <multipruner/importance/output_norm.hpp>
#include <multipruner/importance/structured_obs.hpp>

namespace multipruner::inline MULTIPRUNER_ABI {

MULTIPRUNER_INLINE std::vector<double> OutputNorm::scores(const Graph& graph, BlockId block) const {
  if (graph.width(block) == 0) return {};
  const WeightView& weight = output_matrix(graph.weights(), block);
  const std::vector<double>& squares = statistics_->moments(block, Signal::output_input, weight.columns).squares();
  std::vector<double> channels = detail::squared_column_norms(weight);
  for (std::size_t j = 0; j < channels.size(); ++j) channels[j] *= squares[j];
  std::vector<double> scores = detail::sum_groups(channels, graph.config().unit_width(block.kind));
  for (double& score : scores) score = std::sqrt(score);
  return scores;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI
