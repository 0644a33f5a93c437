// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <string>
#include <utility>

#include <multipruner/core/error.hpp>
#include <multipruner/core/sizes.hpp>
#include <multipruner/search/evaluator_options.hpp>
#include <multipruner/search/memory_budget.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

MULTIPRUNER_INLINE WeightSizes weight_sizes(const Graph& graph) {
  WeightSizes sizes;
  Index of_block = 0;
  BlockId last{-1};
  for_each_place(graph, [&](const TensorPlace& place, const WeightView& weight) {
    const Index bytes = weight ? weight.size() * size_of(weight.dtype) : 0;
    if (place.block.position < 0) {
      const bool tied = place.slot == &Ends::slots[Ends::lm_head] && weight.data == graph.embed_tokens().data;
      sizes.outside_blocks += tied ? 0 : bytes;
      return;
    }
    if (std::exchange(last, place.block) != place.block) of_block = 0;
    sizes.largest_block = std::max(sizes.largest_block, of_block += bytes);
  });
  return sizes;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline search {

MULTIPRUNER_INLINE Index bytes_per_row(const ModelConfig& config) {
  Index widest = 0;
  for (const BlockSpec& block : config.blocks) {
    Index channels = 0;  // that its linears write, and what its output matrices read
    for (std::size_t slot = 0; slot < block.kind().slots.size(); ++slot) {
      const Slot& info = block.kind().slots[slot];
      const auto shape = block.shape(slot, block.whole());
      if (info.linear && shape) channels += info.output ? shape->columns : shape->rows;
    }
    widest = std::max(widest, channels);
  }
  return static_cast<Index>(sizeof(float)) * (3 * config.widest_stream() + widest);
}

MULTIPRUNER_INLINE MemoryBudget divide_memory(const Graph& graph, Index window_length, Index bytes, Index in_use) {
  if (window_length < 1)
    throw OptionError("window", "has " + std::to_string(window_length) + " tokens", "Give 1 or more");
  const detail::WeightSizes weights = detail::weight_sizes(graph);
  const Index per_row = bytes_per_row(graph.config());
  const Index fixed =
      sum_of_sizes("memory", in_use, sum_of_sizes("memory", weights.largest_block, weights.outside_blocks));
  const Index least = sum_of_sizes("memory", fixed, product_of_sizes("memory", {window_length, per_row}));
  if (bytes < least) {
    constexpr Index megabyte = 1 << 20;
    throw OptionError("memory",
                      "one block, the embedding and one window of " + std::to_string(window_length) +
                          " tokens already take " + std::to_string(least / megabyte + 1) + " MB",
                      "Allow more, or use shorter windows");
  }
  const EvaluatorOptions defaults;
  const Index rows = std::max(std::min((bytes - fixed) / 2 / per_row, defaults.rows_per_pass), window_length);
  const Index rows_per_pass = std::max(rows / window_length, Index{1}) * window_length;
  return {rows_per_pass, bytes - fixed - rows_per_pass * per_row};
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline search
