// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <string_view>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/graph/graph.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline importance {

/// Scores the prunable units of one axis of a block: channels of an MLP, key/value groups (r query heads with their
/// key/value head) of attention. One finite score per unit, in the graph's order; a unit with a higher score matters
/// more.
template <class M>
concept UnitMetric = requires(const M& metric, const Graph& graph, BlockAxis axis) {
  { M::name } -> std::convertible_to<std::string_view>;
  { metric.scores(graph, axis) } -> std::same_as<std::vector<double>>;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline importance
