#pragma once

#include <cmath>
#include <cstddef>

#include <multipruner/importance/detail/unit_sums.hpp>
#include <multipruner/importance/structured_obs.hpp>
#include <multipruner/importance/wanda_output.hpp>

namespace multipruner::inline MULTIPRUNER_ABI {

MULTIPRUNER_INLINE std::vector<double> WandaOutput::scores(const Graph& graph, BlockId block) const {
  if (graph.width(block) == 0) return {};
  const WeightView& weight = output_matrix(graph.weights(), block);
  const std::vector<double> norms = statistics_->moments(block, Signal::output_input, weight.columns).norms();
  std::vector<double> channels = detail::sum_columns(weight, [](double entry) { return std::abs(entry); });
  for (std::size_t j = 0; j < channels.size(); ++j) channels[j] *= norms[j] / static_cast<double>(weight.rows);
  return detail::sum_groups(channels, graph.config().unit_width(block.kind));
}

}  // namespace multipruner::inline MULTIPRUNER_ABI
