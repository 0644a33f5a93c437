// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/types.hpp>
#include <multipruner/graph/block.hpp>
#include <multipruner/graph/graph.hpp>
#include <multipruner/importance/unit_order.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline importance {

/// How many neighbouring units of a block have to stay together for the N:M pattern of its output matrix, whose columns
/// they are, to outlive a reordering: 4 channels of an MLP with 2:4 in down_proj; 1 where there is no pattern, or every
/// key/value group is made of whole groups of M columns. Rows of the other matrices may move in any order.
[[nodiscard]] Index mask_group(const Graph& graph, BlockAxis axis);

/// `mask_group` of every axis of every block.
[[nodiscard]] UnitGroups mask_groups(const Graph& graph);

/// Channels of an axis of this name that have to be removed together, so that no group of units is cut in any layer: a
/// multiple of them may be a policy's group. For attention query channels.
/// @param groups  `mask_groups` of a graph of this configuration
[[nodiscard]] Index removable_channels(const ModelConfig& config, const UnitGroups& groups, std::string_view axis);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline importance

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/importance/mask_groups.ipp>
#endif
