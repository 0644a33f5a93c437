// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/importance/unit_metric.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline importance {

/// Scores drawn uniformly from [0, 1): what a metric has to beat. The scores of a block depend on the seed and on its
/// position only.
struct Random {
  static constexpr std::string_view name = "random";

  std::uint64_t seed = 0;

  [[nodiscard]] std::vector<double> scores(const Graph& graph, BlockAxis axis) const;
};

static_assert(UnitMetric<Random>);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline importance

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/importance/random.ipp>
#endif
