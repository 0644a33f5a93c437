// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <cstddef>

#include <multipruner/importance/detail/unit_sums.hpp>
#include <multipruner/importance/structured_obs.hpp>
#include <multipruner/importance/wanda.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline importance {

MULTIPRUNER_INLINE std::vector<double> Wanda::scores(const Graph& graph, BlockAxis axis) const {
  return detail::score_input_rows(graph, axis, [&](const WeightView& weight, Signal read) {
    const std::vector<double> norms = statistics_->moments(axis.block, read, weight.columns).norms();
    return detail::sum_rows(
        weight, [&](double entry, Index input) { return std::abs(entry) * norms[static_cast<std::size_t>(input)]; });
  });
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline importance
