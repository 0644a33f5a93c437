// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include <multipruner/core/parallel.hpp>
#include <multipruner/core/sizes.hpp>
#include <multipruner/simd/causal_attention.hpp>
#include <multipruner/simd/detail/amx_attention_block.hpp>
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
  if (segment.rounded == nullptr) return;
  require_equal(segment.rounded->num_key_value_heads(), shape.num_key_value_heads, "causal_attention",
                "the number of heads of the rounded keys");
  require_equal(segment.rounded->head_dim(), shape.head_dim, "causal_attention", "head_dim of the rounded keys");
  require_equal(segment.rounded->length(), segment.keys.rows, "causal_attention", "the number of rounded keys");
}

/// A block of consecutive queries of a segment, for all heads that share a key/value head.
struct AttentionTask {
  const AttentionSegment* segment;
  Index key_value_head, first_query, count;

  /// Whether the head has no other task.
  [[nodiscard]] bool is_alone() const { return count == segment->queries.rows; }
};

/// Tasks of all segments. Each has about as many rows, queries times heads.
inline std::vector<AttentionTask> tasks_of(std::span<const AttentionSegment> segments, const AttentionShape& shape) {
  constexpr Index stacked_rows = 192;
  const Index group = shape.num_attention_heads / shape.num_key_value_heads;
  const Index most = std::max<Index>(stacked_rows / group, 1);
  std::vector<AttentionTask> tasks;
  for (const AttentionSegment& segment : segments) {
    for (Index head = 0; head < shape.num_key_value_heads; ++head) {
      for (Index query = 0; query < segment.queries.rows; query += most) {
        tasks.push_back({&segment, head, query, std::min(most, segment.queries.rows - query)});
      }
    }
  }
  return tasks;
}

/// The operands of a task: queries and output of all heads of the group, keys and values of their one head.
struct AttentionOperands {
  MatrixView<const float> queries, keys, values;
  MatrixView<float> output;
  Index group, visible_keys;
  ScoreTerms terms;

  AttentionOperands(const AttentionTask& task, const AttentionShape& shape)
      : group(shape.num_attention_heads / shape.num_key_value_heads),
        visible_keys(task.segment->keys.rows - task.segment->queries.rows + task.first_query + 1) {
    const Index first_head = task.key_value_head * group;
    const auto of_group = [&](auto matrix) {
      return matrix.row_range(task.first_query, task.count)
          .column_range(first_head * shape.head_dim, group * shape.head_dim);
    };
    const auto of_head = [&](auto matrix) {
      return matrix.column_range(task.key_value_head * shape.head_dim, shape.head_dim);
    };
    queries = of_group(task.segment->queries);
    keys = of_head(task.segment->keys);
    values = of_head(task.segment->values);
    output = of_group(task.segment->output);
    terms = {.window = shape.window,
             .soft_cap = shape.soft_cap,
             .slopes = shape.slopes.empty() ? nullptr : shape.slopes.data() + first_head};
  }
};

inline void run(const AttentionTask& task, const AttentionShape& shape) {
  const AttentionOperands operands(task, shape);
  AttentionBlock block(operands.group, task.count, shape.head_dim, operands.visible_keys, operands.terms);
  block.load_queries(operands.queries, shape.scale);
  block.attend(operands.keys, operands.values);
  block.store(operands.output);
}

#if MULTIPRUNER_WITH_AMX
/// Keys and values in tiles, of all heads that have several tasks and not kept them: rounded and transposed once for
/// all of these.
class SharedBlocks {
 public:
  SharedBlocks(std::span<const AttentionTask> tasks, const AttentionShape& shape) {
    struct Place {
      amx::KeysAndValues head;
      Index block;
    };
    std::vector<Place> places;
    for (const AttentionTask& task : tasks) {
      if (task.first_query > 0) {
        first_.push_back(first_.back());
        continue;
      }
      first_.push_back(places.size());
      if (task.is_alone() || task.segment->rounded != nullptr) continue;
      const AttentionOperands operands(task, shape);
      const amx::KeysAndValues head(operands.keys, operands.values);
      for (Index block = 0; block < head.blocks(); ++block) places.push_back({head, block});
    }
    const Index count = static_cast<Index>(places.size()), size = amx::KeysAndValues::block_elements(shape.head_dim);
    memory_ = AlignedBuffer<BFloat16>(count * size);
    blocks_.resize(places.size());
    parallel_for(count, [&](Index i) {
      const auto& [head, block] = places[static_cast<std::size_t>(i)];
      blocks_[static_cast<std::size_t>(i)] = head.pack(block, memory_.data() + i * size);
    });
  }

  /// A block of keys of such a head's task.
  [[nodiscard]] const amx::PackedBlock& block(std::size_t task, Index block) const {
    return blocks_[first_[task] + static_cast<std::size_t>(block)];
  }

 private:
  AlignedBuffer<BFloat16> memory_;
  std::vector<amx::PackedBlock> blocks_;
  std::vector<std::size_t> first_;  ///< of every task
};

/// @param blocks  as AttentionBlock::attend wants them
template <Index Queries, class Blocks>
void run_in_tiles(const AttentionTask& task, const AttentionShape& shape, const Blocks& blocks) {
  const AttentionOperands operands(task, shape);
  amx::AttentionBlock<Queries> block(operands.group, task.count, shape.head_dim, operands.visible_keys, operands.terms);
  block.load_queries(operands.queries, shape.scale);
  block.attend(blocks);
  block.store(operands.output);
}

template <class Blocks>
void run_in_tiles(const AttentionTask& task, const AttentionShape& shape, const Blocks& blocks) {
  const Index rows = task.count * (shape.num_attention_heads / shape.num_key_value_heads);
  rows <= 4 ? run_in_tiles<4>(task, shape, blocks) : run_in_tiles<16>(task, shape, blocks);
}

inline void run_all_in_tiles(std::span<const AttentionTask> tasks, const AttentionShape& shape) {
  const SharedBlocks shared(tasks, shape);
  parallel_for(static_cast<Index>(tasks.size()), [&](Index i) {
    const auto at = static_cast<std::size_t>(i);
    const AttentionTask& task = tasks[at];
    if (const RoundedKeysAndValues* const rounded = task.segment->rounded; rounded != nullptr) {
      return run_in_tiles(task, shape, [&](Index block) {
        const auto [elements, finite] = rounded->block(task.key_value_head, block);
        return amx::KeysAndValues::packed_block(elements, shape.head_dim, finite);
      });
    }
    if (!task.is_alone()) {
      return run_in_tiles(task, shape, [&](Index block) { return shared.block(at, block); });
    }
    const AttentionOperands operands(task, shape);
    const amx::KeysAndValues head(operands.keys, operands.values);
    const AlignedBuffer<BFloat16> memory(amx::KeysAndValues::block_elements(shape.head_dim));
    run_in_tiles(task, shape, [&](Index block) { return head.pack(block, memory.data()); });
  });
}
#endif

}  // namespace multipruner::inline MULTIPRUNER_ABI::simd::detail

namespace multipruner::inline MULTIPRUNER_ABI::simd {

MULTIPRUNER_INLINE bool attention_rounds([[maybe_unused]] Compute compute) {
#if MULTIPRUNER_WITH_AMX
  return compute == Compute::bfloat16 && detail::amx::available();
#else
  return false;
#endif
}

MULTIPRUNER_INLINE void causal_attention(std::span<const AttentionSegment> segments, const AttentionShape& shape,
                                         [[maybe_unused]] Compute compute) {
  using namespace detail;
  require(shape.head_dim > 0 && shape.num_key_value_heads > 0 && shape.num_attention_heads > 0 &&
              shape.num_attention_heads % shape.num_key_value_heads == 0,
          "causal_attention", "the key/value heads do not divide the query heads");
  require(shape.window >= 0, "causal_attention", "the window is below 0");
  require(shape.soft_cap >= 0, "causal_attention", "the cap of the scores is below 0");
  require(shape.slopes.empty() || static_cast<Index>(shape.slopes.size()) == shape.num_attention_heads,
          "causal_attention", "there is not one slope for every query head");
  for (const AttentionSegment& segment : segments) check(segment, shape);
  const std::vector<AttentionTask> tasks = tasks_of(segments, shape);
#if MULTIPRUNER_WITH_AMX
  if (attention_rounds(compute)) return run_all_in_tiles(tasks, shape);
#endif
  parallel_for(static_cast<Index>(tasks.size()), [&](Index i) { run(tasks[static_cast<std::size_t>(i)], shape); });
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::simd
