#pragma once

#include <algorithm>
#include <array>

#include <multipruner/simd/detail/multiply_block.hpp>
#include <multipruner/simd/detail/reduce.hpp>
#include <multipruner/tensor/aligned_buffer.hpp>

namespace multipruner::simd::detail {

/// Keys are taken in blocks of this many, counted from key 0. A constant, because it is part of what the
/// result is.
inline constexpr Index key_block = 128;

/// Causal attention of a few consecutive queries, all heads that share one key/value head, on one thread.
///
/// The queries of the heads are stacked: row head · count + i is query i. For every block of keys come the
/// scores, the softmax relative to the largest score so far, and the weighted sum of the values, where what
/// was summed before is rescaled. Keys that a query does not see are not summed with weight zero but left
/// out, so that a query computes the same with and without later tokens beside it. Source: Dao et al.,
/// FlashAttention, 2022.
class AttentionBlock {
 public:
  /// @param heads         query heads of the group
  /// @param count         queries of a head
  /// @param head_dim      channels of a head
  /// @param visible_keys  how many keys the first query sees; each further one sees one more
  AttentionBlock(Index heads, Index count, Index head_dim, Index visible_keys)
      : heads_(heads),
        count_(count),
        head_dim_(head_dim),
        width_(round_up(head_dim, tile_columns)),
        visible_keys_(visible_keys),
        scratch_(panel_size + rows() * (head_dim + key_block + width_ + 3) + 7 * alignment) {
    float* next = scratch_.data();
    const auto take = [&](Index size) { return std::exchange(next, next + round_up(size, alignment)); };
    panel_ = take(panel_size);
    scores_ = {take(rows() * key_block), rows(), key_block};
    sums_of_values_ = {take(rows() * width_), rows(), width_};
    queries_ = {take(rows() * head_dim), rows(), head_dim};
    largest_scores_ = take(rows());
    weights_ = take(rows());
    rescaling_ = take(rows());
    std::fill_n(sums_of_values_.data, sums_of_values_.rows * width_, 0.0f);
    std::fill_n(largest_scores_, rows(), negative_infinity);
    std::fill_n(weights_, rows(), 0.0f);
  }

  /// Every member that takes or gives queries of one token has the heads of the group side by side, count ×
  /// (heads · head_dim).
  void load_queries(MatrixView<const float> queries, float scale) {
    for (Index row = 0; row < rows(); ++row) {
      const float* source = queries.row(row % count_) + row / count_ * head_dim_;
      std::transform(source, source + head_dim_, queries_.row(row), [&](float q) { return q * scale; });
    }
  }

  /// keys and values: n × head_dim of the key/value head.
  void attend(MatrixView<const float> keys, MatrixView<const float> values) {
    const Index end = visible_keys_ + count_ - 1;
    for (Index first = 0; first < end; first += key_block) {
      const Index count = std::min(key_block, end - first);
      const WeightView block(keys.row(first), DType::float32, count, head_dim_, keys.stride);
      multiply_block(queries_, block, panel_, scores_);
      for (Index row = 0; row < rows(); ++row) exponentiate_scores(row, visible(row % count_, first));
      for (Index column = 0; column < head_dim_; column += tile_columns) {
        load_values(values.row_range(first, count), column);
        for (Index head = 0; head < heads_; ++head) sum_values(head, first, column);
      }
    }
  }

  void store(MatrixView<float> output) const {
    for (Index row = 0; row < rows(); ++row) {
      float* target = output.row(row % count_) + row / count_ * head_dim_;
      for (Index j = 0; j < head_dim_; j += lanes) {
        store_first(Batch::load_aligned(sums_of_values_.row(row) + j) / Batch(weights_[row]), target + j,
                    head_dim_ - j);
      }
    }
  }

 private:
  static constexpr Index alignment = 16;  // floats

  [[nodiscard]] Index rows() const { return heads_ * count_; }

  /// How many keys of the block that starts at key `first` query i sees.
  [[nodiscard]] Index visible(Index i, Index first) const {
    return std::clamp<Index>(visible_keys_ + i - first, 0, key_block);
  }

  void exponentiate_scores(Index row, Index count) {
    if (count == 0) return;
    float* scores = scores_.row(row);
    const float max = largest(scores, count, largest_scores_[row]);
    const float origin = exponent_origin(max);
    rescaling_[row] = exponential(largest_scores_[row] - origin);
    weights_[row] = std::fma(weights_[row], rescaling_[row], static_cast<float>(exponentiate(scores, count, origin)));
    largest_scores_[row] = max;
  }

  void load_values(MatrixView<const float> values, Index column) {
    const Index width = std::min(tile_columns, head_dim_ - column);
    for (Index k = 0; k < values.rows; ++k) {
      float* target = panel_ + k * tile_columns;
      std::copy_n(values.row(k) + column, width, target);
      std::fill(target + width, target + tile_columns, 0.0f);
    }
  }

  /// Adds scores · panel to columns `column` … of the sums, for the queries of a head that see any key of the
  /// block.
  void sum_values(Index head, Index first_key, Index column) {
    const Index blind = std::clamp<Index>(first_key - visible_keys_ + 1, 0, count_);
    for_each_row_tile<tile_rows>(count_ - blind, [&]<Index Rows>(Index tile, std::integral_constant<Index, Rows>) {
      const Index query = blind + tile, row = head * count_ + query;
      const Index common = visible(query, first_key);
      alignas(64) std::array<float, Rows * tile_columns> sums;
      micro_kernel<Rows>(common, scores_.row(row), key_block, panel_, sums.data(), tile_columns, Accumulate::no);
      for (Index i = 0; i < Rows; ++i) {
        const float* weights = scores_.row(row + i);
        unrolled<tile_batches>([&](auto j) {
          Batch sum = Batch::load_aligned(sums.data() + i * tile_columns + j * lanes);
          for (Index k = common; k < visible(query + i, first_key); ++k) {
            sum = xsimd::fma(Batch(weights[k]), Batch::load_aligned(panel_ + k * tile_columns + j * lanes), sum);
          }
          float* target = sums_of_values_.row(row + i) + column + j * lanes;
          xsimd::fma(Batch::load_aligned(target), Batch(rescaling_[row + i]), sum).store_aligned(target);
        });
      }
    });
  }

  Index heads_, count_, head_dim_, width_, visible_keys_;
  AlignedBuffer<float> scratch_;
  float* panel_ = nullptr;
  MatrixView<float> scores_, sums_of_values_, queries_;
  float *largest_scores_ = nullptr, *weights_ = nullptr, *rescaling_ = nullptr;
};

}  // namespace multipruner::simd::detail
