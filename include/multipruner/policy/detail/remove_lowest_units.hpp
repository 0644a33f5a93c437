// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/policy/one_shot_options.hpp>
#include <multipruner/policy/pruning_policy.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// Scores of the units of an axis, in the order of the graph.
using UnitScores = std::function<std::vector<double>(BlockAxis)>;

/// Narrows the blocks of a model until the target: the group of last units with the lowest mean score goes first.
/// @param metric  its name, for errors
/// @throws as OneShot::run
[[nodiscard]] PruningResult remove_lowest_units(const RunContext& context, const OneShotOptions& options,
                                                std::string_view metric, const UnitScores& scores);

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/policy/detail/remove_lowest_units.ipp>
#endif
