#pragma once

#include <cmath>

#include <multipruner/importance/detail/unit_sums.hpp>
#include <multipruner/importance/l2.hpp>

namespace multipruner::inline MULTIPRUNER_ABI {

MULTIPRUNER_INLINE std::vector<double> L2::scores(const Graph& graph, BlockId block) const {
  return detail::score_input_rows(graph, block, [](const WeightView& weight) {
    std::vector<double> norms = detail::sum_rows(weight, [](double entry, Index) { return entry * entry; });
    for (double& norm : norms) norm = std::sqrt(norm);
    return norms;
  });
}

}  // namespace multipruner::inline MULTIPRUNER_ABI
