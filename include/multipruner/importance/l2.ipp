// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>

#include <multipruner/importance/detail/unit_sums.hpp>
#include <multipruner/importance/l2.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline importance {

MULTIPRUNER_INLINE std::vector<double> L2::scores(const Graph& graph, BlockAxis axis) const {
  return detail::score_input_rows(graph, axis, [](const WeightView& weight, Signal) {
    std::vector<double> norms = detail::sum_rows(weight, [](double entry, Index) { return entry * entry; });
    for (double& norm : norms) norm = std::sqrt(norm);
    return norms;
  });
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline importance
