// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/importance/unit_metric.hpp>
#include <multipruner/importance/unit_order.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// The order of the units of one axis, from what a metric makes of them. @throws as order_units_of
[[nodiscard]] std::vector<Index> order_by_scores(const Graph& graph, BlockAxis axis, std::string_view metric,
                                                 const std::vector<double>& scores, Index group);

/// Whether the units of an axis have an order: those that add to the residual stream, and are no switch.
[[nodiscard]] bool has_order(const Graph& graph, BlockAxis axis);

/// The order that there is.
[[nodiscard]] std::vector<Index> present_order(const Graph& graph, BlockAxis axis);

/// By block position, how many neighbours move together. @throws OptionError where there is not one entry for a block
[[nodiscard]] UnitGroups checked_groups(const Graph& graph, const UnitGroups& groups);

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline importance {

/// Orders the units of one axis of a block by a metric, most important first; switches, and axes without an output
/// matrix, stay as they are; equal scores keep their order.
/// @param group  so many neighbours move together, ordered by the sum of their scores: see `mask_group`
/// @throws DataError if a score is not finite, OptionError if there is not one score per unit or the groups do not
///         divide the units, naming the layer.
template <class Metric>
[[nodiscard]] std::vector<Index> order_units_of(const Graph& graph, BlockAxis axis, const Metric& metric,
                                                Index group = 1) {
  static_assert(UnitMetric<Metric>,
                "order_units<Metric>: Metric must be a UnitMetric: name, and scores(graph, axis) returning a "
                "std::vector<double>");
  if (!detail::has_order(graph, axis)) return detail::present_order(graph, axis);
  return detail::order_by_scores(graph, axis, Metric::name, metric.scores(graph, axis), group);
}

/// Orders the units of all blocks.
/// @param groups  by block position, how many neighbours move together, e.g. `mask_groups`; empty: each moves alone
/// @throws as order_units_of; OptionError where there is not one group for every block
template <class Metric>
[[nodiscard]] UnitOrder order_units(const Graph& graph, const Metric& metric = {}, const UnitGroups& groups = {}) {
  UnitOrder order(static_cast<std::size_t>(graph.num_blocks()));
  const UnitGroups checked = detail::checked_groups(graph, groups);
  for (std::size_t position = 0; position < order.size(); ++position) {
    const BlockId block{static_cast<Index>(position)};
    for (std::size_t axis = 0; axis < graph.spec(block).kind().axes.size(); ++axis) {
      order[position][axis] = order_units_of(graph, {block, axis}, metric, checked[position][axis]);
    }
  }
  return order;
}

/// The same function with its units in another order: rows and columns that go with an axis are permuted (of
/// q/k/v_proj, gate_proj and up_proj, their biases, o_proj and down_proj); everything else is shared with the given
/// graph. The order inside a unit never changes, so rotary positions are not affected. Results differ by rounding only.
///
/// Needed before pruning by width, which always keeps the first units of a block (MultiPruner, section "weight
/// reordering").
/// @param scratch_folder where given, the permuted copies lie in a file there and not in memory (`WeightMemory`).
/// @throws OptionError unless the order has every unit of every block exactly once; OutputError for a scratch folder
///         without room.
[[nodiscard]] Graph reorder(const Graph& graph, const UnitOrder& order,
                            const std::filesystem::path& scratch_folder = {});

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline importance

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/importance/reorder.ipp>
#endif
