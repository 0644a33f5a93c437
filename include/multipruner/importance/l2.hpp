#pragma once

#include <cmath>
#include <string_view>
#include <vector>

#include <multipruner/importance/detail/unit_sums.hpp>
#include <multipruner/importance/unit_metric.hpp>

namespace multipruner {

/// Weight magnitude like L1, of the same rows and put together in the same way, with the Euclidean norm of a row in
/// place of the sum of its magnitudes.
struct L2 {
  static constexpr std::string_view name = "l2";

  [[nodiscard]] std::vector<double> scores(const Graph& graph, BlockId block) const {
    return detail::score_input_rows(graph, block, [](const WeightView& weight) {
      std::vector<double> norms = detail::sum_rows(weight, [](double entry, Index) { return entry * entry; });
      for (double& norm : norms) norm = std::sqrt(norm);
      return norms;
    });
  }
};

static_assert(UnitMetric<L2>);

}  // namespace multipruner
