// SPDX-License-Identifier: MIT
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
#include <multipruner/importance/detail/require_scores.hpp>
#include <multipruner/importance/reorder.hpp>
#include <multipruner/tensor/derived_weights.hpp>

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

MULTIPRUNER_INLINE std::vector<Index> order_by_scores(const Graph& graph, BlockAxis axis, std::string_view metric,
                                                      const std::vector<double>& scores, Index group) {
  graph.release(axis.block);
  require_scores(graph, axis, metric, scores);
  if (group < 1 || static_cast<Index>(scores.size()) % group != 0) {
    throw OptionError(graph.label(axis.block),
                      "its " + std::to_string(scores.size()) + " units do not make groups of " + std::to_string(group),
                      "Use the groups of this graph, mask_groups");
  }
  return order_groups(scores, group);
}

MULTIPRUNER_INLINE bool has_order(const Graph& graph, BlockAxis axis) {
  const Kind& kind = graph.spec(axis.block).kind();
  return graph.width(axis) == 0 || (!kind.axes[axis.axis].is_switch && kind.output_slot(axis.axis));
}

MULTIPRUNER_INLINE std::vector<Index> present_order(const Graph& graph, BlockAxis axis) {
  std::vector<Index> order(static_cast<std::size_t>(graph.num_units(axis)));
  std::iota(order.begin(), order.end(), Index{0});
  return order;
}

MULTIPRUNER_INLINE UnitGroups checked_groups(const Graph& graph, const UnitGroups& groups) {
  const Index num_blocks = graph.num_blocks();
  if (groups.empty()) return UnitGroups(static_cast<std::size_t>(num_blocks));
  if (static_cast<Index>(groups.size()) == num_blocks) return groups;
  throw OptionError("groups of units",
                    "there are " + std::to_string(groups.size()) + " for " + std::to_string(num_blocks) + " blocks",
                    "Give one for every block");
}

/// @throws OptionError unless the order has every unit of every axis exactly once.
inline void require_permutations(const Graph& graph, const UnitOrder& order) {
  for (Index position = 0; position < graph.num_blocks(); ++position) {
    const BlockId block{position};
    for (std::size_t axis = 0; axis < graph.spec(block).kind().axes.size(); ++axis) {
      std::vector<Index> units;
      if (static_cast<Index>(order.size()) == graph.num_blocks())
        units = order[static_cast<std::size_t>(position)][axis];
      std::ranges::sort(units);
      std::vector<Index> expected(static_cast<std::size_t>(graph.num_units({block, axis})));
      std::iota(expected.begin(), expected.end(), Index{0});
      if (units == expected) continue;
      throw OptionError("order of units, " + graph.label(block),
                        "it is not a permutation of the block's " + std::to_string(expected.size()) + " units",
                        "Use an order that was made for this graph");
    }
  }
}

/// A tensor with the rows or columns that go with an axis in the order of its units.
inline WeightView gather_units(WeightStore& store, const Slot& slot, const WeightView& tensor,
                               std::span<const Index> units) {
  if (!tensor || units.empty()) return tensor;
  WeightView gathered = tensor;
  const auto channels = [&](Index extent) { return expand_groups(units, extent / static_cast<Index>(units.size())); };
  if (slot.rows == Extent::axis) gathered = store.gather_rows(gathered, channels(tensor.rows));
  if (slot.columns == Extent::axis) gathered = store.gather_columns(gathered, channels(tensor.columns));
  return gathered;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline importance {

MULTIPRUNER_INLINE Graph reorder(const Graph& graph, const UnitOrder& order,
                                 const std::filesystem::path& scratch_folder) {
  detail::require_permutations(graph, order);
  auto storage = std::make_shared<DerivedWeights>(graph.storage(), scratch_folder);
  WeightStore& store = storage->copies;
  Weights weights = graph.weights();
  for (Index position = 0; position < graph.num_blocks(); ++position) {
    const BlockId block{position};
    const std::span<const Slot> slots = graph.spec(block).kind().slots;
    const auto& units = order[static_cast<std::size_t>(position)];
    for (std::size_t slot = 0; slot < slots.size(); ++slot) {
      WeightView& tensor = weights[block][slot];
      tensor = detail::gather_units(store, slots[slot], tensor, units[slots[slot].axis]);
    }
    graph.release(block);
    for (std::size_t slot = 0; slot < slots.size(); ++slot) {
      if (!slots[slot].stays && weights[block][slot]) storage->release(weights[block][slot]);
    }
  }
  return {graph.config(), std::move(weights), std::move(storage), graph.origin()};
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline importance
