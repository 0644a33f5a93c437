// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include <multipruner/core/parallel.hpp>
#include <multipruner/core/sizes.hpp>
#include <multipruner/simd/causal_attention.hpp>
#include <multipruner/simd/detail/attention_block.hpp>
#include <multipruner/simd/detail/require.hpp>
#include <multipruner/tensor/require_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::simd::detail {

inline void check(const AttentionSegment& segment, const AttentionShape& shape) {
  const Index query_columns = product_of_sizes("causal_attention", {shape.num_attention_heads, shape.head_dim});
  const Index key_columns = product_of_sizes("causal_attention", {shape.num_key_value_heads, shape.head_dim});
  require_view(segment.queries, "causal_attention", "the queries");
  require_view(segment.keys, "causal_attention", "the keys");
  require_view(segment.values, "causal_attention", "the values");
  require_view(segment.output, "causal_attention", "the output");
  require_equal(segment.queries.columns, query_columns, "causal_attention", "the column count of the queries");
  require_equal(segment.keys.columns, key_columns, "causal_attention", "the column count of the keys");
  require_equal(segment.values.columns, key_columns, "causal_attention", "the column count of the values");
  require_equal(segment.output.columns, query_columns, "causal_attention", "the column count of the output");
  require_equal(segment.values.rows, segment.keys.rows, "causal_attention", "the row count of the values");
  require_equal(segment.output.rows, segment.queries.rows, "causal_attention", "the row count of the output");
  require(segment.keys.rows >= segment.queries.rows, "causal_attention", "there are fewer keys than queries");
}

/// A block of consecutive queries of a segment, for all heads that share a key/value head.
struct AttentionTask {
  const AttentionSegment* segment;
  Index key_value_head, first_query, count;
};

inline void run(const AttentionTask& task, const AttentionShape& shape) {
  const auto& [queries, keys, values, output] = *task.segment;
  const Index group = shape.num_attention_heads / shape.num_key_value_heads;
  const Index query_column = task.key_value_head * group * shape.head_dim;
  const Index key_column = task.key_value_head * shape.head_dim;
  const auto of_group = [&](auto matrix) {
    return matrix.row_range(task.first_query, task.count).column_range(query_column, group * shape.head_dim);
  };
  const auto first_head = static_cast<std::size_t>(task.key_value_head * group);
  AttentionBlock block(group, task.count, shape.head_dim, keys.rows - queries.rows + task.first_query + 1,
                       {.window = shape.window,
                        .soft_cap = shape.soft_cap,
                        .slopes = shape.slopes.empty() ? nullptr : shape.slopes.data() + first_head});
  block.load_queries(of_group(queries), shape.scale);
  block.attend(keys.column_range(key_column, shape.head_dim), values.column_range(key_column, shape.head_dim));
  block.store(of_group(output));
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::simd::detail

namespace multipruner::inline MULTIPRUNER_ABI::simd {

MULTIPRUNER_INLINE void causal_attention(std::span<const AttentionSegment> segments, const AttentionShape& shape) {
  using namespace detail;
  constexpr Index stacked_rows = 192;
  require(shape.head_dim > 0 && shape.num_key_value_heads > 0 && shape.num_attention_heads > 0 &&
              shape.num_attention_heads % shape.num_key_value_heads == 0,
          "causal_attention", "the key/value heads do not divide the query heads");
  require(shape.window >= 0, "causal_attention", "the window is below 0");
  require(shape.soft_cap >= 0, "causal_attention", "the cap of the scores is below 0");
  require(shape.slopes.empty() || static_cast<Index>(shape.slopes.size()) == shape.num_attention_heads,
          "causal_attention", "there is not one slope for every query head");
  const Index group = shape.num_attention_heads / shape.num_key_value_heads;
  const Index most = std::max<Index>(stacked_rows / group, 1);
  std::vector<AttentionTask> tasks;
  for (const AttentionSegment& segment : segments) {
    check(segment, shape);
    for (Index head = 0; head < shape.num_key_value_heads; ++head) {
      for (Index query = 0; query < segment.queries.rows; query += most) {
        tasks.push_back({&segment, head, query, std::min(most, segment.queries.rows - query)});
      }
    }
  }
  parallel_for(static_cast<Index>(tasks.size()), [&](Index i) { run(tasks[static_cast<std::size_t>(i)], shape); });
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::simd
