// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/graph/graph.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// @param metric  the name of the one that gave the scores of an axis
/// @throws OptionError unless there is one score a unit, DataError for one that is not finite, naming the layer
void require_scores(const Graph& graph, BlockAxis axis, std::string_view metric, const std::vector<double>& scores);

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/importance/detail/require_scores.ipp>
#endif
