#pragma once

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <memory>
#include <numeric>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <multipruner/core/error.hpp>
#include <multipruner/importance/unit_metric.hpp>
#include <multipruner/tensor/derived_weights.hpp>

namespace multipruner {

/// How many units a block of a graph has: MLP channels or key/value groups; 0 if the block is absent.
[[nodiscard]] inline Index count_units(const Graph& graph, BlockId block) {
  return graph.width(block) / graph.config().unit_width(block.kind);
}

/// For every block the order of its units (MLP channels, key/value groups): entry i is the old place of the unit that
/// comes to place i. Indexed by block position; empty for absent blocks.
using UnitOrder = std::vector<std::vector<Index>>;

namespace detail {

/// The order of channels that an order of groups of `width` channels each means.
inline std::vector<Index> expand_groups(std::span<const Index> groups, Index width) {
  std::vector<Index> channels;
  for (const Index group : groups) {
    for (Index i = 0; i < width; ++i) channels.push_back(group * width + i);
  }
  return channels;
}

/// Groups of neighbouring units, those with the highest sum of scores first; equal ones keep their order.
/// @param scores  of a whole number of groups
inline std::vector<Index> order_groups(const std::vector<double>& scores, Index group) {
  std::vector<double> sums(scores.size() / static_cast<std::size_t>(group));
  for (std::size_t unit = 0; unit < scores.size(); ++unit) sums[unit / static_cast<std::size_t>(group)] += scores[unit];
  std::vector<Index> groups(sums.size());
  std::iota(groups.begin(), groups.end(), Index{0});
  std::ranges::stable_sort(
      groups, [&](Index a, Index b) { return sums[static_cast<std::size_t>(a)] > sums[static_cast<std::size_t>(b)]; });
  return expand_groups(groups, group);
}

}  // namespace detail

/// Orders the units of one block by a metric, most important first; equal scores keep their order.
/// @param group  so many neighbours move together, ordered by the sum of their scores: see `mask_group`
/// @throws DataError if a score is not finite, OptionError if there is not one score per unit or the groups do not
///         divide the units, naming the layer.
template <class Metric>
[[nodiscard]] std::vector<Index> order_units_of(const Graph& graph, BlockId block, const Metric& metric,
                                                Index group = 1) {
  static_assert(UnitMetric<Metric>,
                "order_units<Metric>: Metric must be a UnitMetric: name, and scores(graph, block) returning a "
                "std::vector<double>");
  const std::vector<double> scores = metric.scores(graph, block);
  graph.release(block);
  const std::string where = label_of(block);
  if (static_cast<Index>(scores.size()) != count_units(graph, block)) {
    throw OptionError(where,
                      "the metric " + std::string(Metric::name) + " gave " + std::to_string(scores.size()) +
                          " scores for " + std::to_string(count_units(graph, block)) + " units",
                      "Give one score for every channel or key/value group");
  }
  if (!std::ranges::all_of(scores, [](double score) { return std::isfinite(score); })) {
    throw DataError(where, "the " + std::string(Metric::name) + " score of a unit is not finite",
                    "Check the weights of this layer");
  }
  if (group < 1 || static_cast<Index>(scores.size()) % group != 0) {
    throw OptionError(where,
                      "its " + std::to_string(scores.size()) + " units do not make groups of " + std::to_string(group),
                      "Use the groups of this graph, mask_groups");
  }
  return detail::order_groups(scores, group);
}

/// Orders the units of all blocks.
/// @param groups  by block position, how many neighbours move together, e.g. `mask_groups`; empty: each moves alone
/// @throws as order_units_of; OptionError where there is not one group for every block
template <class Metric>
[[nodiscard]] UnitOrder order_units(const Graph& graph, const Metric& metric = {},
                                    const std::vector<Index>& groups = {}) {
  if (!groups.empty() && static_cast<Index>(groups.size()) != graph.config().num_blocks()) {
    throw OptionError("groups of units",
                      "there are " + std::to_string(groups.size()) + " for " +
                          std::to_string(graph.config().num_blocks()) + " blocks",
                      "Give one for every block");
  }
  UnitOrder order;
  for (Index position = 0; position < graph.config().num_blocks(); ++position) {
    const Index group = groups.empty() ? 1 : groups[static_cast<std::size_t>(position)];
    order.push_back(order_units_of(graph, block_at(position), metric, group));
  }
  return order;
}

namespace detail {

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

}  // namespace detail

/// The same function with its units in another order: rows of q/k/v_proj, gate_proj and up_proj (and their biases) and
/// columns of o_proj and down_proj are permuted; everything else is shared with the given graph. The order inside a
/// key/value group never changes, so rotary positions are not affected. Results differ by rounding only.
///
/// Needed before pruning by width, which always keeps the first units of a block (MultiPruner, section "weight
/// reordering").
/// @param scratch_folder where given, the permuted copies lie in a file there and not in memory (`WeightMemory`).
/// @throws OptionError unless the order has every unit of every block exactly once; OutputError for a scratch folder
///         without room.
[[nodiscard]] inline Graph reorder(const Graph& graph, const UnitOrder& order,
                                   const std::filesystem::path& scratch_folder = {}) {
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

}  // namespace multipruner
