// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <optional>

#include <multipruner/importance/mask_groups.hpp>
#include <multipruner/importance/reorder.hpp>
#include <multipruner/sparsity/linear_zeros.hpp>
#include <multipruner/sparsity/mask_pattern.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline importance {

MULTIPRUNER_INLINE Index mask_group(const Graph& graph, BlockAxis axis) {
  if (!has_output(graph, axis)) return 1;
  const WeightView& output = output_matrix(graph, axis);
  const std::optional<WeightMask> mask = mask_of(output);
  const std::optional<NOfM> pattern = mask ? pattern_of(*mask) : std::nullopt;
  graph.release(output);
  const Index group = pattern ? pattern->group : 1;
  return group / std::gcd(group, graph.unit_width(axis));
}

MULTIPRUNER_INLINE UnitGroups mask_groups(const Graph& graph) {
  UnitGroups groups(static_cast<std::size_t>(graph.num_blocks()));
  for (Index position = 0; position < graph.num_blocks(); ++position) {
    for (std::size_t axis = 0; axis < graph.spec({position}).kind().axes.size(); ++axis) {
      groups[static_cast<std::size_t>(position)][axis] = mask_group(graph, {BlockId{position}, axis});
    }
  }
  return groups;
}

MULTIPRUNER_INLINE Index removable_channels(const ModelConfig& config, const UnitGroups& groups,
                                            std::string_view axis_name) {
  Index channels = 1;
  for (Index position = 0; position < std::min(config.num_blocks(), static_cast<Index>(groups.size())); ++position) {
    const BlockSpec& block = config.blocks[{position}];
    for (std::size_t axis = 0; axis < block.kind().axes.size(); ++axis) {
      if (block.kind().axes[axis].name != axis_name) continue;
      channels = std::lcm(channels, groups[static_cast<std::size_t>(position)][axis] * block.axis(axis).unit);
    }
  }
  return channels;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline importance
