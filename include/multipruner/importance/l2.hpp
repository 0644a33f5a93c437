// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/importance/unit_metric.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline importance {

/// Weight magnitude like L1, of the same rows and put together in the same way, with the Euclidean norm of a row in
/// place of the sum of its magnitudes.
struct L2 {
  static constexpr std::string_view name = "l2";

  [[nodiscard]] std::vector<double> scores(const Graph& graph, BlockAxis axis) const;
};

static_assert(UnitMetric<L2>);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline importance

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/importance/l2.ipp>
#endif
