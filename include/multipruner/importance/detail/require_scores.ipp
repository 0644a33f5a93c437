// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <string>

#include <multipruner/core/error.hpp>
#include <multipruner/importance/detail/require_scores.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

MULTIPRUNER_INLINE void require_scores(const Graph& graph, BlockAxis axis, std::string_view metric,
                                       const std::vector<double>& scores) {
  const std::string where = graph.label(axis.block);
  if (static_cast<Index>(scores.size()) != graph.num_units(axis)) {
    throw OptionError(where,
                      "the metric " + std::string(metric) + " gave " + std::to_string(scores.size()) + " scores for " +
                          std::to_string(graph.num_units(axis)) + " units",
                      "Give one score for every channel or key/value group");
  }
  if (std::ranges::all_of(scores, [](double score) { return std::isfinite(score); })) return;
  throw DataError(where, "the " + std::string(metric) + " score of a unit is not finite",
                  "Check the weights of this layer");
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
