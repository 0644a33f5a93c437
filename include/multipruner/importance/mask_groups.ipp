#pragma once

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <optional>

#include <multipruner/importance/mask_groups.hpp>
#include <multipruner/importance/reorder.hpp>
#include <multipruner/sparsity/linear_zeros.hpp>
#include <multipruner/sparsity/mask_pattern.hpp>

namespace multipruner::inline MULTIPRUNER_ABI {

MULTIPRUNER_INLINE Index mask_group(const Graph& graph, BlockId block) {
  if (graph.width(block) == 0) return 1;
  const WeightView& output = output_matrix(graph.weights(), block);
  const std::optional<WeightMask> mask = mask_of(output);
  const std::optional<NOfM> pattern = mask ? pattern_of(*mask) : std::nullopt;
  graph.release(output);
  const Index group = pattern ? pattern->group : 1;
  return group / std::gcd(group, graph.config().unit_width(block.kind));
}

MULTIPRUNER_INLINE std::vector<Index> mask_groups(const Graph& graph) {
  std::vector<Index> groups;
  for (Index position = 0; position < graph.config().num_blocks(); ++position) {
    groups.push_back(mask_group(graph, block_at(position)));
  }
  return groups;
}

MULTIPRUNER_INLINE Index removable_channels(const ModelConfig& config, const std::vector<Index>& groups,
                                            BlockKind kind) {
  Index units = 1;
  for (std::size_t position = 0; position < groups.size(); ++position) {
    if (block_at(static_cast<Index>(position)).kind == kind) units = std::lcm(units, groups[position]);
  }
  return units * config.unit_width(kind);
}

}  // namespace multipruner::inline MULTIPRUNER_ABI
