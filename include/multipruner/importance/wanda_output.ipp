// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <cstddef>

#include <multipruner/importance/detail/unit_sums.hpp>
#include <multipruner/importance/structured_obs.hpp>
#include <multipruner/importance/wanda_output.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline importance {

MULTIPRUNER_INLINE std::vector<double> WandaOutput::scores(const Graph& graph, BlockAxis axis) const {
  if (graph.width(axis) == 0) return {};
  const WeightView& weight = output_matrix(graph, axis);
  const std::vector<double> norms = statistics_->moments(axis.block, output_input(graph, axis), weight.columns).norms();
  std::vector<double> channels = detail::sum_columns(weight, [](double entry) { return std::abs(entry); });
  for (std::size_t j = 0; j < channels.size(); ++j) channels[j] *= norms[j] / static_cast<double>(weight.rows);
  return detail::sum_groups(channels, graph.unit_width(axis));
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline importance
