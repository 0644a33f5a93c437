// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <span>
#include <system_error>
#include <utility>
#include <vector>

#include <multipruner/calibration/gather_statistics.hpp>
#include <multipruner/calibration/statistics_file.hpp>
#include <multipruner/core/error.hpp>
#include <multipruner/core/fingerprint.hpp>
#include <multipruner/importance/mask_groups.hpp>
#include <multipruner/run/make_unit_order.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// The blocks that are there.
[[nodiscard]] inline std::vector<BlockId> present_blocks(const Graph& graph) {
  std::vector<BlockId> blocks;
  for (Index position = 0; position < graph.num_blocks(); ++position) {
    if (graph.has({position})) blocks.push_back({position});
  }
  return blocks;
}

/// Whether statistics have all that is needed of the blocks of a graph.
[[nodiscard]] inline bool has_all(const ModelStatistics& statistics, const Graph& graph, const StatisticsNeeds& needs) {
  for (const BlockId block : present_blocks(graph)) {
    for (const Slot& slot : graph.spec(block).kind().slots) {
      if (!slot.linear) continue;
      const SignalStatistics& known = statistics.at(block).of(input_signal(slot.input));
      const SignalNeeds& wanted = slot.output ? needs.output_input : needs.block_input;
      if ((wanted.moments && !known.moments) || (wanted.gram && !known.gram)) return false;
    }
  }
  return true;
}

[[nodiscard]] inline ModelStatistics gather(const UnitOrderOptions& options, const Graph& graph,
                                            const TokenWindows& windows, std::vector<BlockId> blocks,
                                            ProgressSink& progress) {
  Workspace workspace(options.compute);
  StatisticsOptions how{.blocks = std::move(blocks), .rows_per_pass = options.rows_per_pass};
  if (!options.statistics) how.origin.emplace();  // they are not saved
  return gather_statistics(ModelView(graph), windows, options.ordering.needs, workspace, how, progress);
}

/// Statistics of all blocks, from the file, or gathered and kept there.
[[nodiscard]] inline ModelStatistics statistics_in_file(const UnitOrderOptions& options, const Graph& graph,
                                                        const TokenWindows& windows, ProgressSink& progress) {
  std::error_code ignored;
  if (std::filesystem::exists(*options.statistics, ignored)) {
    ModelStatistics statistics = load_statistics(*options.statistics, ModelView(graph), windows, options.compute);
    if (has_all(statistics, graph, options.ordering.needs)) return statistics;
    throw DataError(options.statistics->string(),
                    "it lacks statistics that --reorder " + options.ordering.name + " needs", "Name another file");
  }
  ModelStatistics statistics = gather(options, graph, windows, {}, progress);
  save_statistics(*options.statistics, statistics);
  return statistics;
}

/// As many of the blocks as have statistics that fit into memory together, at least one.
[[nodiscard]] inline std::vector<BlockId> take_blocks(std::vector<BlockId>& left, const UnitOrdering& ordering,
                                                      const Graph& graph, Index memory) {
  std::vector<BlockId> taken;
  Index bytes = 0;
  while (!left.empty()) {
    bytes += statistics_bytes(ModelView(graph), ordering.needs, {.blocks = {left.front()}});
    if (!taken.empty() && bytes > memory) break;
    taken.push_back(left.front());
    left.erase(left.begin());
  }
  return taken;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline running {

MULTIPRUNER_INLINE Index unit_order_bytes(const UnitOrderOptions& options, const Graph& graph) {
  const UnitOrdering& ordering = options.ordering;
  if (ordering.needs == StatisticsNeeds{}) return 0;
  std::error_code ignored;
  const bool loaded = options.statistics && std::filesystem::exists(*options.statistics, ignored);
  Index widest = 0, largest = 0;
  for (const BlockId block : detail::present_blocks(graph)) {
    widest = std::max(widest, std::ranges::max(graph.present(block).widths));
    largest = std::max(largest, statistics_bytes(ModelView(graph), ordering.needs, {.blocks = {block}}));
  }
  const Index all = statistics_bytes(ModelView(graph), ordering.needs) * (loaded ? 2 : 1);
  const Index statistics = options.statistics ? all : std::min(all, std::max(options.statistics_bytes, largest));
  if (!ordering.needs.output_input.gram) return statistics;
  // One block at a time is scored: with its weight, the factor of its Gram matrix and the inverse in double.
  return statistics + static_cast<Index>(sizeof(double)) * widest * (2 * widest + graph.config().widest_stream());
}

MULTIPRUNER_INLINE UnitOrder make_unit_order(const UnitOrderOptions& options, const Graph& graph,
                                             const TokenWindows& windows, ProgressSink& progress) {
  const UnitOrdering& ordering = options.ordering;
  if (ordering.is_none()) return {};
  UnitOrder result(static_cast<std::size_t>(graph.config().num_blocks()));
  const auto add = [&](const std::vector<BlockId>& blocks, const ModelStatistics& statistics) {
    for (const BlockId block : blocks) {
      for (std::size_t axis = 0; axis < graph.spec(block).kind().axes.size(); ++axis) {
        const BlockAxis units{block, axis};
        const Index group = options.keep_groups ? mask_group(graph, units) : 1;
        result[static_cast<std::size_t>(block.position)][axis] =
            ordering.order({graph, units, statistics, options.seed, group});
      }
    }
  };
  std::vector<BlockId> left = detail::present_blocks(graph);
  if (ordering.needs == StatisticsNeeds{}) {
    add(left, ModelStatistics({}, graph.config().blocks));
  } else if (options.statistics) {
    add(left, detail::statistics_in_file(options, graph, windows, progress));
  } else {
    while (!left.empty()) {
      const std::vector<BlockId> blocks = detail::take_blocks(left, ordering, graph, options.statistics_bytes);
      add(blocks, detail::gather(options, graph, windows, blocks, progress));
    }
  }
  return result;
}

MULTIPRUNER_INLINE std::string identity_of(const UnitOrdering& ordering, const UnitOrder& order) {
  if (order.empty()) return ordering.name;
  Fingerprint fingerprint;
  for (const auto& of_block : order) {
    for (const std::vector<Index>& units : of_block) fingerprint.add(std::span(units));
  }
  return ordering.name + " " + fingerprint.text();
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline running
