#pragma once

#include <filesystem>
#include <string_view>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/importance/unit_metric.hpp>

namespace multipruner::inline MULTIPRUNER_ABI {

/// How many units a block of a graph has: MLP channels or key/value groups; 0 if the block is absent.
[[nodiscard]] Index count_units(const Graph& graph, BlockId block);

/// For every block the order of its units (MLP channels, key/value groups): entry i is the old place of the unit that
/// comes to place i. Indexed by block position; empty for absent blocks.
using UnitOrder = std::vector<std::vector<Index>>;

namespace detail {

/// The order of the units of one block, from what a metric makes of them. @throws as order_units_of
[[nodiscard]] std::vector<Index> order_by_scores(const Graph& graph, BlockId block, std::string_view metric,
                                                 const std::vector<double>& scores, Index group);

/// By block position, how many neighbours move together. @throws OptionError where there is not one group for a block
[[nodiscard]] std::vector<Index> checked_groups(const Graph& graph, const std::vector<Index>& groups);

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
  return detail::order_by_scores(graph, block, Metric::name, metric.scores(graph, block), group);
}

/// Orders the units of all blocks.
/// @param groups  by block position, how many neighbours move together, e.g. `mask_groups`; empty: each moves alone
/// @throws as order_units_of; OptionError where there is not one group for every block
template <class Metric>
[[nodiscard]] UnitOrder order_units(const Graph& graph, const Metric& metric = {},
                                    const std::vector<Index>& groups = {}) {
  UnitOrder order;
  Index position = 0;
  for (const Index group : detail::checked_groups(graph, groups)) {
    order.push_back(order_units_of(graph, block_at(position++), metric, group));
  }
  return order;
}

/// The same function with its units in another order: rows of q/k/v_proj, gate_proj and up_proj (and their biases) and
/// columns of o_proj and down_proj are permuted; everything else is shared with the given graph. The order inside a
/// key/value group never changes, so rotary positions are not affected. Results differ by rounding only.
///
/// Needed before pruning by width, which always keeps the first units of a block (MultiPruner, section "weight
/// reordering").
/// @param scratch_folder where given, the permuted copies lie in a file there and not in memory (`WeightMemory`).
/// @throws OptionError unless the order has every unit of every block exactly once; OutputError for a scratch folder
///         without room.
[[nodiscard]] Graph reorder(const Graph& graph, const UnitOrder& order,
                            const std::filesystem::path& scratch_folder = {});

}  // namespace multipruner::inline MULTIPRUNER_ABI

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/importance/reorder.ipp>
#endif
