#pragma once

#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/types.hpp>
#include <multipruner/graph/block.hpp>
#include <multipruner/graph/graph.hpp>

namespace multipruner::inline MULTIPRUNER_ABI {

/// How many neighbouring units of a block have to stay together for the N:M pattern of its output matrix, whose columns
/// they are, to outlive a reordering: 4 channels of an MLP with 2:4 in down_proj; 1 where there is no pattern, or every
/// key/value group is made of whole groups of M columns. Rows of the other matrices may move in any order.
[[nodiscard]] Index mask_group(const Graph& graph, BlockId block);

/// `mask_group` of every block, by position.
[[nodiscard]] std::vector<Index> mask_groups(const Graph& graph);

/// Channels of a block of this kind that have to be removed together, so that no group of units is cut in any layer: a
/// multiple of them may be a policy's group. For attention query channels.
/// @param groups  `mask_groups` of a graph of this configuration
[[nodiscard]] Index removable_channels(const ModelConfig& config, const std::vector<Index>& groups, BlockKind kind);

}  // namespace multipruner::inline MULTIPRUNER_ABI

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/importance/mask_groups.ipp>
#endif
