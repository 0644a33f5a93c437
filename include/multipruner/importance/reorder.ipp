#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <memory>
#include <numeric>
#include <span>
#include <string>
#include <utility>

#include <multipruner/core/error.hpp>
#include <multipruner/importance/reorder.hpp>
#include <multipruner/tensor/derived_weights.hpp>

namespace multipruner::inline MULTIPRUNER_ABI {

MULTIPRUNER_INLINE Index count_units(const Graph& graph, BlockId block) {
  return graph.width(block) / graph.config().unit_width(block.kind);
}

}  // namespace multipruner::inline MULTIPRUNER_ABI

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// The order of channels that an order of groups of `width` channels each means.
inline std::vector<Index> expand_groups(std::span<const Index> groups, Index width) {
  std::vector<Index> channels;
  for (const Index group : groups) {
    for (Index i = 0; i < width; ++i) channels.push_back(group * width + i);
  }
  return channels;
}

/// Groups of neighbouring units, those with the highest sum of scores first; equal ones keep their order.
inline std::vector<Index> order_groups(const std::vector<double>& scores, Index group) {
  std::vector<double> sums(scores.size() / static_cast<std::size_t>(group));
  for (std::size_t unit = 0; unit < scores.size(); ++unit) sums[unit / static_cast<std::size_t>(group)] += scores[unit];
  std::vector<Index> groups(sums.size());
  std::iota(groups.begin(), groups.end(), Index{0});
  std::ranges::stable_sort(
      groups, [&](Index a, Index b) { return sums[static_cast<std::size_t>(a)] > sums[static_cast<std::size_t>(b)]; });
  return expand_groups(groups, group);
}

MULTIPRUNER_INLINE std::vector<Index> order_by_scores(const Graph& graph, BlockId block, std::string_view metric,
                                                      const std::vector<double>& scores, Index group) {
  graph.release(block);
  const std::string where = label_of(block);
  if (static_cast<Index>(scores.size()) != count_units(graph, block)) {
    throw OptionError(where,
                      "the metric " + std::string(metric) + " gave " + std::to_string(scores.size()) + " scores for " +
                          std::to_string(count_units(graph, block)) + " units",
                      "Give one score for every channel or key/value group");
  }
  if (!std::ranges::all_of(scores, [](double score) { return std::isfinite(score); })) {
    throw DataError(where, "the " + std::string(metric) + " score of a unit is not finite",
                    "Check the weights of this layer");
  }
  if (group < 1 || static_cast<Index>(scores.size()) % group != 0) {
    throw OptionError(where,
                      "its " + std::to_string(scores.size()) + " units do not make groups of " + std::to_string(group),
                      "Use the groups of this graph, mask_groups");
  }
  return order_groups(scores, group);
}

MULTIPRUNER_INLINE std::vector<Index> checked_groups(const Graph& graph, const std::vector<Index>& groups) {
  const Index num_blocks = graph.config().num_blocks();
  if (groups.empty()) return std::vector<Index>(static_cast<std::size_t>(num_blocks), 1);
  if (static_cast<Index>(groups.size()) == num_blocks) return groups;
  throw OptionError("groups of units",
                    "there are " + std::to_string(groups.size()) + " for " + std::to_string(num_blocks) + " blocks",
                    "Give one for every block");
}

/// @throws OptionError unless the order has every unit of every block exactly once.
inline void require_permutations(const Graph& graph, const UnitOrder& order) {
  const Index num_blocks = graph.config().num_blocks();
  for (Index position = 0; position < num_blocks; ++position) {
    const BlockId block = block_at(position);
    std::vector<Index> units;
    if (static_cast<Index>(order.size()) == num_blocks) units = order[static_cast<std::size_t>(position)];
    std::ranges::sort(units);
    std::vector<Index> expected(static_cast<std::size_t>(count_units(graph, block)));
    std::iota(expected.begin(), expected.end(), Index{0});
    if (units == expected) continue;
    throw OptionError("order of units, " + label_of(block),
                      "it is no permutation of the block's " + std::to_string(expected.size()) + " units",
                      "Use an order that was made for this graph");
  }
}

inline void release(const LayerWeights& layer, const WeightMemory& memory) {
  const auto one = [&](TensorRole, const WeightView& weight) {
    if (weight) memory.release(weight);
  };
  if (layer.attention) for_each_tensor(*layer.attention, one);
  if (layer.mlp) for_each_tensor(*layer.mlp, one);
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI {

MULTIPRUNER_INLINE Graph reorder(const Graph& graph, const UnitOrder& order,
                                 const std::filesystem::path& scratch_folder) {
  detail::require_permutations(graph, order);
  auto storage = std::make_shared<DerivedWeights>(graph.storage(), scratch_folder);
  WeightStore& store = storage->copies;
  Weights weights = graph.weights();
  for (Index layer = 0; layer < graph.config().num_hidden_layers; ++layer) {
    LayerWeights& tensors = weights.layers[static_cast<std::size_t>(layer)];
    if (tensors.attention) {
      const auto& groups = order[static_cast<std::size_t>(position_of({layer, BlockKind::attention}))];
      const std::vector<Index> channels = detail::expand_groups(groups, graph.config().group_width());
      const std::vector<Index> kv_channels = detail::expand_groups(groups, graph.config().head_dim);
      AttentionWeights& a = *tensors.attention;
      a.q_proj = store.gather_rows(a.q_proj, channels);
      a.q_bias = store.gather_columns(a.q_bias, channels);
      a.k_proj = store.gather_rows(a.k_proj, kv_channels);
      a.k_bias = store.gather_columns(a.k_bias, kv_channels);
      a.v_proj = store.gather_rows(a.v_proj, kv_channels);
      a.v_bias = store.gather_columns(a.v_bias, kv_channels);
      a.o_proj = store.gather_columns(a.o_proj, channels);
    }
    if (tensors.mlp) {
      const auto& channels = order[static_cast<std::size_t>(position_of({layer, BlockKind::mlp}))];
      MlpWeights& m = *tensors.mlp;
      m.gate_proj = store.gather_rows(m.gate_proj, channels);
      m.gate_bias = store.gather_columns(m.gate_bias, channels);
      m.up_proj = store.gather_rows(m.up_proj, channels);
      m.up_bias = store.gather_columns(m.up_bias, channels);
      m.down_proj = store.gather_columns(m.down_proj, channels);
    }
    for (const BlockKind kind : {BlockKind::attention, BlockKind::mlp}) graph.release({layer, kind});
    detail::release(tensors, *storage);
  }
  return {graph.config(), std::move(weights), std::move(storage), graph.origin()};
}

}  // namespace multipruner::inline MULTIPRUNER_ABI
