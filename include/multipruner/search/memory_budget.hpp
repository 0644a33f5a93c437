// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/core/linkage.hpp>
#include <multipruner/graph/graph.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline search {

/// How a search may use a bounded amount of memory; both go into EvaluatorOptions.
struct MemoryBudget {
  Index rows_per_pass = 0;
  Index stream_bytes = 0;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline search

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// Bytes of the weights that one block needs at most, and of those that are needed all the time.
struct WeightSizes {
  Index largest_block = 0;
  Index outside_blocks = 0;
};

[[nodiscard]] WeightSizes weight_sizes(const Graph& graph);

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline search {

/// Bytes that a pass takes for each of its tokens besides the streams that are kept: signals inside a block, and two
/// streams under way.
[[nodiscard]] Index bytes_per_row(const ModelConfig& config);

/// Divides memory for a search on a graph whose weights are released when they are not needed (`LoadOptions`).
/// @param window_length of the longest calibration window, in tokens
/// @param bytes all that the process may use
/// @param in_use what it uses now, weights excepted
/// @throws OptionError if that cannot suffice, with the least that does; for windows without tokens.
[[nodiscard]] MemoryBudget divide_memory(const Graph& graph, Index window_length, Index bytes, Index in_use);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline search

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/search/memory_budget.ipp>
#endif
