#pragma once

#include <cmath>
#include <cstddef>

#include <multipruner/importance/detail/unit_sums.hpp>
#include <multipruner/importance/structured_obs.hpp>
#include <multipruner/importance/wanda.hpp>

namespace multipruner::inline MULTIPRUNER_ABI {

MULTIPRUNER_INLINE std::vector<double> Wanda::scores(const Graph& graph, BlockId block) const {
  if (graph.width(block) == 0) return {};
  const std::vector<double> norms =
      statistics_->moments(block, Signal::block_input, graph.config().hidden_size).norms();
  return detail::score_input_rows(graph, block, [&](const WeightView& weight) {
    return detail::sum_rows(
        weight, [&](double entry, Index input) { return std::abs(entry) * norms[static_cast<std::size_t>(input)]; });
  });
}

}  // namespace multipruner::inline MULTIPRUNER_ABI
