// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include <multipruner/core/linkage.hpp>
#include <multipruner/simd/detail/multiply_few_rows.hpp>
#include <multipruner/simd/detail/pack_panel.hpp>
#include <multipruner/simd/detail/reduce.hpp>
#include <multipruner/simd/detail/score_terms.hpp>
#include <multipruner/simd/detail/soft_cap.hpp>
#include <multipruner/tensor/aligned_buffer.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::simd::detail {

/// Keys are taken in blocks of this many, counted from key 0. A constant, because it is part of what the result is.
inline constexpr Index key_block = 128;

/// Causal attention of a few consecutive queries, all heads that share one key/value head, on one thread.
///
/// The queries of the heads are stacked: row i · heads + head is query i, so that a row sees at least what the rows
/// above it see. For every block of keys come the scores, the softmax relative to the largest score so far, and the
/// weighted sum of the values, where what was summed before is rescaled. Keys that a query does not see are not summed
/// with weight zero but left out, so that a query computes the same with and without later tokens beside it. Of keys
/// before its window only non-finite values are: the others add nothing with weight zero, not even to the last bit.
/// Source: Dao et al., FlashAttention, 2022.
class AttentionBlock {
 public:
  /// @param heads         query heads of the group
  /// @param count         queries of a head
  /// @param head_dim      channels of a head
  /// @param visible_keys  how many keys the first query sees if there is no window; each further one sees one more
  AttentionBlock(Index heads, Index count, Index head_dim, Index visible_keys, const ScoreTerms& terms = {})
      : heads_(heads),
        count_(count),
        head_dim_(head_dim),
        visible_keys_(visible_keys),
        terms_(terms),
        scratch_(panel_size + rows() * (query_width() + key_block + value_width()) + 3 * padded_rows()) {
    float* next = scratch_.data();
    const auto take = [&](Index size) { return std::exchange(next, next + size); };
    panel_ = take(panel_size);
    queries_ = {take(rows() * query_width()), rows(), head_dim, most_depth};
    scores_ = {take(rows() * key_block), rows(), key_block};
    sums_of_values_ = {take(rows() * value_width()), rows(), value_width()};
    largest_scores_ = take(padded_rows());
    weights_ = take(padded_rows());
    rescaling_ = take(padded_rows());
    std::fill_n(sums_of_values_.data, rows() * value_width(), 0.0f);
    std::fill_n(largest_scores_, padded_rows(), negative_infinity);
    std::fill_n(weights_, padded_rows(), 0.0f);
  }

  /// Every member that takes or gives queries of one token has the heads of the group side by side, count ×
  /// (heads · head_dim).
  void load_queries(MatrixView<const float> queries, float scale) {
    for (Index row = 0; row < rows(); ++row) {
      const float* source = queries.row(row / heads_) + row % heads_ * head_dim_;
      for_each_depth_block(head_dim_, [&](Index channel, Index depth) {
        std::transform(source + channel, source + channel + depth, queries_at(channel).row(row),
                       [&](float q) { return q * scale; });
      });
    }
  }

  /// keys and values: n × head_dim of the key/value head.
  void attend(MatrixView<const float> keys, MatrixView<const float> values) {
    const Index end = visible_keys_ + count_ - 1;
    const Index begin = terms_.window == 0 ? 0 : std::max<Index>(visible_keys_ - terms_.window, 0);
    for (Index first = begin / key_block * key_block; first < end; first += key_block) {
      const Index count = std::min(key_block, end - first);
      score(first, keys.row_range(first, count));
      if (has_terms()) apply_terms(first, values.row_range(first, count));
      for (Index row = blind_rows(first); row < rows(); row += lanes) exponentiate_scores(row, first);
      for (Index column = 0; column < head_dim_; column += tile_columns) {
        sum_values(first, column, values.row_range(first, count).column_range(column, head_dim_ - column));
      }
    }
  }

  void store(MatrixView<float> output) const {
    for (Index row = 0; row < rows(); ++row) {
      float* target = output.row(row / heads_) + row % heads_ * head_dim_;
      for (Index j = 0; j < head_dim_; j += lanes) {
        store_first(Batch::load_aligned(sums_of_values_.row(row) + j) / Batch(weights_[row]), target + j,
                    head_dim_ - j);
      }
    }
  }

 private:
  static constexpr Index alignment = 16;  // floats
  static constexpr Index panel_size = tile_columns * std::max(most_depth, key_block);

  [[nodiscard]] Index rows() const { return heads_ * count_; }
  [[nodiscard]] Index padded_rows() const { return round_up(rows() + lanes, alignment); }  ///< for whole batches
  [[nodiscard]] Index value_width() const { return round_up(head_dim_, tile_columns); }
  [[nodiscard]] Index query_width() const { return ceil_divide(head_dim_, depth_of_block(head_dim_)) * most_depth; }

  /// The channels of all queries from the start of a block of depth on.
  [[nodiscard]] MatrixView<float> queries_at(Index channel) const {
    MatrixView<float> block = queries_;
    block.data += channel / depth_of_block(head_dim_) * rows() * most_depth;
    return block;
  }

  /// How many keys of the block that starts at key `first` a row sees.
  [[nodiscard]] Index visible(Index row, Index first) const {
    return std::clamp<Index>(visible_keys_ + row / heads_ - first, 0, key_block);
  }

  /// How many keys of that block, its first ones, lie before the window of a row.
  [[nodiscard]] Index before_window(Index row, Index first) const {
    if (terms_.window == 0) return 0;
    return std::clamp<Index>(visible_keys_ + row / heads_ - terms_.window - first, 0, key_block);
  }

  /// How many of the upper rows see neither key `key` nor any behind it.
  [[nodiscard]] Index blind_rows(Index key) const {
    return heads_ * std::clamp<Index>(key - visible_keys_ + 1, 0, count_);
  }

  /// Scores of the keys first …, of the rows that see any of the tile of keys that they stand in.
  void score(Index first, MatrixView<const float> keys) {
    const Output scores{scores_.column_range(0, keys.rows)};
    if (rows() <= few_rows<float>) return score_few_rows(keys, scores);
    for (Index key = 0; key < keys.rows; key += tile_columns) {
      const auto tile = keys.row_range(key, std::min(tile_columns, keys.rows - key));
      const Index blind = blind_rows(first + key);
      for_each_depth_block(head_dim_, [&](Index channel, Index depth) {
        pack_panel(tile.column_range(channel, depth), panel_);
        for_each_row_tile<tile_rows>(rows() - blind, [&]<Index Rows>(Index above, std::integral_constant<Index, Rows>) {
          StoredSums sums;
          micro_kernel<float, Rows, most_depth>(depth, queries_at(channel).row(blind + above), in_panel(panel_), sums);
          scores.put(blind + above, Rows, key, sums, channel == 0);
        });
      });
    }
  }

  void score_few_rows(MatrixView<const float> keys, const Output& scores) const {
    for_each_row_tile<few_rows<float>>(rows(), [&]<Index Rows>(Index first, std::integral_constant<Index, Rows>) {
      for_each_depth_block(head_dim_, [&](Index channel, Index depth) {
        for (Index key = 0; key < keys.rows; key += tile_columns) {
          const auto tile = keys.row_range(key, std::min(tile_columns, keys.rows - key));
          const MatrixView<const float> queries = queries_at(channel).row_range(first, Rows).column_range(0, depth);
          StoredSums sums;
          multiply_strip<Rows>(queries, tile.column_range(channel, depth), sums);
          scores.put(first, Rows, key, sums, channel == 0);
        }
      });
    });
  }

  [[nodiscard]] bool has_terms() const { return terms_.window > 0 || terms_.soft_cap > 0 || terms_.slopes != nullptr; }

  /// What the terms make of the scores of a block of keys. @param values  of these keys
  void apply_terms(Index first_key, MatrixView<const float> values) {
    for (Index row = blind_rows(first_key); row < rows(); ++row) {
      float* const scores = scores_.row(row);
      const Index count = visible(row, first_key);
      if (terms_.soft_cap > 0) soft_cap(scores, count, terms_.soft_cap);
      if (terms_.slopes != nullptr) {
        const float slope = terms_.slopes[row % heads_];
        const Index query = visible_keys_ - 1 + row / heads_;
        for (Index key = 0; key < count; ++key) scores[key] += slope * static_cast<float>(first_key + key - query);
      }
      std::fill_n(scores, before_window(row, first_key), negative_infinity);
    }
    const Index hidden = before_window(rows() - 1, first_key);
    leaves_out_ = hidden > 0 && !all_finite(values.row_range(0, std::min(hidden, values.rows)));
  }

  [[nodiscard]] bool all_finite(MatrixView<const float> values) const {
    for (Index key = 0; key < values.rows; ++key) {
      const float* const row = values.row(key);
      if (!std::all_of(row, row + head_dim_, [](float value) { return std::isfinite(value); })) return false;
    }
    return true;
  }

  /// The scores of as many rows as a batch has lanes (or the last ones) against the keys first_key …: what is one
  /// number a row is computed for all of them at once.
  void exponentiate_scores(Index first, Index first_key) {
    const Index count = std::min(lanes, rows() - first);
    std::array<Batch, lanes> by_lane;
    by_lane.fill(Batch(negative_infinity));
    for (Index i = 0; i < count; ++i) {
      by_lane[static_cast<std::size_t>(i)] = largest_by_lane(scores_.row(first + i), visible(first + i, first_key));
    }
    const Batch before = Batch::load_unaligned(largest_scores_ + first);
    const Batch now = xsimd::max(combine_lanes(by_lane, [](auto a, auto b) { return xsimd::max(a, b); }), before);
    const Batch origin = exponent_origin(now), rescaling = exponential(before - origin);
    now.store_unaligned(largest_scores_ + first);
    rescaling.store_unaligned(rescaling_ + first);
    alignas(64) std::array<float, lanes> origins;
    origin.store_aligned(origins.data());
    for (Index i = 0; i < count; ++i) {
      const auto at = static_cast<std::size_t>(i);
      by_lane[at] = exponentiate_by_lane(scores_.row(first + i), visible(first + i, first_key), Batch(origins[at]));
    }
    const Batch sums = combine_lanes(by_lane, [](auto a, auto b) { return a + b; });
    xsimd::fma(Batch::load_unaligned(weights_ + first), rescaling, sums).store_unaligned(weights_ + first);
  }

  /// Adds scores · values to columns `column` … of the sums, for the rows that see any key of the block. Where few rows
  /// need the values, they are read where they lie.
  void sum_values(Index first_key, Index column, MatrixView<const float> values) {
    if (rows() <= few_rows<float> && values.columns >= tile_columns) {
      return add_values<few_rows<float>>(
          first_key, column, [values](Index k, Index j) { return Batch::load_unaligned(values.row(k) + j * lanes); });
    }
    const Index width = std::min(tile_columns, values.columns);
    for (Index k = 0; k < values.rows; ++k) {
      float* target = panel_ + k * tile_columns;
      std::copy_n(values.row(k), width, target);
      std::fill(target + width, target + tile_columns, 0.0f);
    }
    add_values<tile_rows>(first_key, column, in_panel(panel_));
  }

  template <Index Most, class Values>
  void add_values(Index first_key, Index column, const Values& values) {
    const Index blind = blind_rows(first_key);
    for_each_row_tile<Most>(rows() - blind, [&]<Index Rows>(Index above, std::integral_constant<Index, Rows>) {
      StoredSums sums;
      const Index first = blind + above, common = leaves_out_ ? 0 : visible(first, first_key);
      micro_kernel<float, Rows, key_block>(common, scores_.row(first), values, sums);
      for (Index i = 0; i < Rows; ++i) {
        const Index begin = leaves_out_ ? before_window(first + i, first_key) : common;
        add_to_row(first + i, column, sums.data() + i * tile_columns, values, begin, visible(first + i, first_key));
      }
    });
  }

  /// Adds sums, and scores · values of the keys from `begin` to `visible`, to a part of a row.
  template <class Values>
  void add_to_row(Index row, Index column, const float* sums, const Values& values, Index begin, Index visible) {
    for (Index j = 0; j < tile_batches; ++j) {
      Batch sum = Batch::load_aligned(sums + j * lanes);
      for (Index k = begin; k < visible; ++k) sum = xsimd::fma(Batch(scores_.row(row)[k]), values(k, j), sum);
      float* target = sums_of_values_.row(row) + column + j * lanes;
      xsimd::fma(Batch::load_aligned(target), Batch(rescaling_[row]), sum).store_aligned(target);
    }
  }

  Index heads_, count_, head_dim_, visible_keys_;
  ScoreTerms terms_;
  bool leaves_out_ = false;  ///< values of the block of keys that lie before windows, because they are not finite
  AlignedBuffer<float> scratch_;
  float* panel_ = nullptr;
  MatrixView<float> queries_;  ///< of the first block of depth; those of the next lie behind
  MatrixView<float> scores_, sums_of_values_;
  float *largest_scores_ = nullptr, *weights_ = nullptr, *rescaling_ = nullptr;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::simd::detail
