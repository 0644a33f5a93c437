#pragma once

#include <algorithm>
#include <numeric>
#include <optional>
#include <vector>

#include <multipruner/importance/reorder.hpp>
#include <multipruner/sparsity/linear_zeros.hpp>

namespace multipruner {

/// How many neighbouring units of a block have to stay together for the N:M pattern of its output matrix, whose columns
/// they are, to outlive a reordering: 4 channels of an MLP with 2:4 in down_proj; 1 where there is no pattern, or every
/// key/value group is made of whole groups of M columns. Rows of the other matrices may move in any order.
[[nodiscard]] inline Index mask_group(const Graph& graph, BlockId block) {
  if (graph.width(block) == 0) return 1;
  const WeightView& output = output_matrix(graph.weights(), block);
  const std::optional<WeightMask> mask = mask_of(output);
  const std::optional<NOfM> pattern = mask ? pattern_of(*mask) : std::nullopt;
  graph.release(output);
  const Index group = pattern ? pattern->group : 1;
  return group / std::gcd(group, graph.config().unit_width(block.kind));
}

/// `mask_group` of every block, by position.
[[nodiscard]] inline std::vector<Index> mask_groups(const Graph& graph) {
  std::vector<Index> groups;
  for (Index position = 0; position < graph.config().num_blocks(); ++position) {
    groups.push_back(mask_group(graph, block_at(position)));
  }
  return groups;
}

/// Channels of a block of this kind that have to be removed together, so that no group of units is cut in any layer: a
/// multiple of them may be a policy's group. For attention query channels.
/// @param groups  `mask_groups` of a graph of this configuration
[[nodiscard]] inline Index removable_channels(const ModelConfig& config, const std::vector<Index>& groups,
                                              BlockKind kind) {
  Index units = 1;
  for (std::size_t position = 0; position < groups.size(); ++position) {
    if (block_at(static_cast<Index>(position)).kind == kind) units = std::lcm(units, groups[position]);
  }
  return units * config.unit_width(kind);
}

}  // namespace multipruner
