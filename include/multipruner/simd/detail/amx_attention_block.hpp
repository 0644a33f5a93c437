// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/core/linkage.hpp>
#include <multipruner/simd/detail/amx.hpp>

#if MULTIPRUNER_WITH_AMX

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <numbers>
#include <utility>

#include <multipruner/simd/detail/amx_keys_and_values.hpp>
#include <multipruner/simd/detail/micro_kernel.hpp>
#include <multipruner/simd/detail/reduce.hpp>
#include <multipruner/simd/detail/score_terms.hpp>
#include <multipruner/simd/detail/soft_cap.hpp>
#include <multipruner/simd/detail/weight_columns.hpp>
#include <multipruner/tensor/aligned_buffer.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::simd::detail::amx {

/// 2^x for x ≤ 0 with a relative error of 4e-6 at most, a 600th of what is lost when it is rounded to bfloat16; −∞
/// gives 0 and NaN stays NaN. Coefficients: those with the least relative error in [0, 1) among polynomials of degree 4
/// that are 1 at 0 and 2 at 1 (Remez).
[[nodiscard]] inline Batch power_of_two(const Batch& x) {
  const Batch r(_mm512_reduce_ps(x, _MM_FROUND_TO_NEG_INF | _MM_FROUND_NO_EXC));  // x − floor(x), and 0 of −∞
  Batch p(1.3555746526e-2f);
  for (const float coefficient : {5.203237012e-2f, 2.4137976766e-1f, 6.9303214550e-1f, 1.0f}) {
    p = xsimd::fma(p, r, Batch(coefficient));
  }
  return Batch(_mm512_scalef_ps(p, x));  // p · 2^floor(x)
}

/// Tiles of A are whole; those of B and C have a column for every query.
template <Index Queries>
inline constexpr TileConfiguration attention_tiles{
    .bytes_per_row = {4 * Queries, 4 * Queries, 4 * Queries, 4 * Queries, 64, 64, 4 * Queries, 4 * Queries}};

/// What detail::AttentionBlock computes, with both products in bfloat16 by Intel's Advanced Matrix Extensions. Sums and
/// the softmax are float32.
///
/// Rows are stacked as there, and taken in groups. What is computed of a group are keys · queriesᵀ and valuesᵀ ·
/// weightsᵀ, so that a batch has the same keys of all queries: of one key where there are 16 queries, of four
/// neighbouring ones where there are four. What is done to scores needs no sums across a batch then, and weights,
/// rounded in pairs of keys, are the tiles that the second product wants.
///
/// A key that a query does not see has weight zero, which adds nothing to a sum, and values that are not finite are
/// taken out before. Sums of weights are by key % 4 in both widths, so that a query computes the same in both. Scores
/// are in units of ln 2, because powers of two take less than those of e.
///
/// @tparam Queries  of a group: 16, or 4 for less work where there are no more
template <Index Queries>
class AttentionBlock {
 public:
  /// The parameters of detail::AttentionBlock.
  AttentionBlock(Index heads, Index count, Index head_dim, Index visible_keys, const ScoreTerms& terms = {})
      : heads_(heads),
        count_(count),
        head_dim_(head_dim),
        visible_keys_(visible_keys),
        terms_(terms),
        floats_(groups() * (group_sums() + 2 * lanes) + key_block * Queries + group_sums()),
        elements_(groups() * group_queries() + key_block * Queries) {
    float* next = floats_.data();
    const auto take = [&](Index size) { return std::exchange(next, next + size); };
    sums_of_values_ = take(groups() * group_sums());
    largest_scores_ = take(groups() * lanes);
    weights_ = take(groups() * lanes);
    scores_ = take(key_block * Queries);
    products_ = take(group_sums());
    queries_ = elements_.data();
    powers_ = queries_ + groups() * group_queries();
    std::fill_n(sums_of_values_, groups() * group_sums(), 0.0f);
    std::fill_n(largest_scores_, groups() * lanes, negative_infinity);
    std::fill_n(weights_, groups() * lanes, 0.0f);
  }

  /// @param queries  count × (heads · head_dim), the heads of the group side by side
  void load_queries(MatrixView<const float> queries, float scale) {
    for (Index group = 0; group < groups(); ++group) {
      for (Index step = 0; step < steps(); ++step) pack_queries(queries, scale * score_unit, group, step);
    }
  }

  /// @param blocks  blocks(i) is the PackedBlock of the keys from i · key_block on
  template <class Blocks>
  void attend(const Blocks& blocks) {
    const Tiles tiles(attention_tiles<Queries>);
    const Index end = end_of_seen(rows() - 1);
    for (Index block = first_seen(0) / key_block; block * key_block < end; ++block) {
      const PackedBlock packed = blocks(block);
      finish_stores();
      for (Index group = 0; group < groups(); ++group) attend(group, block * key_block, packed);
    }
  }

  /// The counterpart of load_queries.
  void store(MatrixView<float> output) const {
    for (Index group = 0; group < groups(); ++group) {
      for (Index channel = 0; channel < head_dim_; channel += tile_rows) store(group, channel, output);
    }
  }

 private:
  static constexpr Index keys_of_batch = lanes / Queries, batches_of_step = tile_depth / keys_of_batch;
  static constexpr Index tile_elements = tile_rows * tile_depth, query_tile = tile_depth * Queries;
  static constexpr int query_bytes = 4 * Queries;  ///< of a row of a tile that has a column for every query
  static constexpr float score_unit = std::numbers::log2e_v<float>;

  [[nodiscard]] Index rows() const { return heads_ * count_; }
  [[nodiscard]] Index groups() const { return ceil_divide(rows(), Queries); }
  [[nodiscard]] Index steps() const { return KeysAndValues::key_steps(head_dim_); }
  [[nodiscard]] Index channel_tiles() const { return KeysAndValues::channel_tiles(head_dim_); }
  [[nodiscard]] Index group_queries() const { return steps() * query_tile; }
  [[nodiscard]] Index group_sums() const { return channel_tiles() * tile_rows * Queries; }

  /// The keys that a row sees. Rows that are missing in the last group see what the last row does.
  [[nodiscard]] Index end_of_seen(Index row) const { return visible_keys_ + std::min(row, rows() - 1) / heads_; }
  [[nodiscard]] Index first_seen(Index row) const {
    return terms_.window == 0 ? 0 : std::max<Index>(end_of_seen(row) - terms_.window, 0);
  }

  /// Where the channels of a row begin among the queries or in the output.
  template <class Scalar>
  [[nodiscard]] Scalar* of_row(MatrixView<Scalar> matrix, Index row) const {
    return matrix.row(row / heads_) + row % heads_ * head_dim_;
  }

  /// The columns of 16 rows of words. Only as many as the stride are of use, but 16 words of every row are read.
  template <Index Stride, class F>
  static void transpose(const float* words, F&& f) {
    WeightColumns<float>({words, tile_rows, tile_rows, Stride}, 0).columns(0, f);
  }

  /// Rounds 32 channels of the queries of a group, in pairs of channels.
  void pack_queries(MatrixView<const float> queries, float scale, Index group, Index step) {
    const Index channel = step * tile_depth, depth = std::min(tile_depth, head_dim_ - channel);
    alignas(64) std::array<float, tile_depth> scaled{};
    alignas(64) std::array<float, tile_rows * tile_rows> rounded{};
    for (Index i = 0; i < std::min(Queries, rows() - group * Queries); ++i) {
      const float* const source = of_row(queries, group * Queries + i) + channel;
      for (Index j = 0; j < depth; j += lanes) {
        store_first(load_first(source + j, depth - j) * Batch(scale), scaled.data() + j, depth - j);
      }
      narrow_step(scaled.data(), rounded.data() + i * tile_rows);
    }
    float* const target = reinterpret_cast<float*>(queries_ + group * group_queries() + step * query_tile);
    transpose<tile_rows>(rounded.data(),
                         [&](Index e, const Batch& pairs) { store_first(pairs, target + e * Queries, Queries); });
  }

  /// Stores up to 16 channels of the means of a group.
  void store(Index group, Index channel, MatrixView<float> output) const {
    const float* const sums = sums_of_values_ + group * group_sums() + channel * Queries;
    const Batch share = Batch(1.0f) / Batch::load_aligned(weights_ + group * lanes);
    alignas(64) std::array<float, tile_rows * tile_rows> means{};
    for (Index j = 0; j < tile_rows * Queries; j += lanes) {
      // A zero has one sign, whatever further zeros were added to the sum.
      xsimd::fma(Batch::load_aligned(sums + j), share, Batch(0.0f)).store_aligned(means.data() + j);
    }
    transpose<Queries>(means.data(), [&](Index query, const Batch& of_query) {
      const Index row = group * Queries + query;
      if (query < Queries && row < rows()) store_first(of_query, of_row(output, row) + channel, head_dim_ - channel);
    });
  }

  /// Which steps of 32 keys of a block any query of a group sees, and whether all queries see all keys of these.
  struct Seen {
    Index begin, end;
    bool whole;
  };

  [[nodiscard]] Seen seen(Index group, Index first_key) const {
    const Index row = group * Queries, last = row + Queries - 1;
    const Index begin = std::clamp<Index>(first_seen(row) - first_key, 0, key_block) / tile_depth;
    const Index end = ceil_divide(std::clamp<Index>(end_of_seen(last) - first_key, 0, key_block), tile_depth);
    return {begin, end,
            first_seen(last) <= first_key + begin * tile_depth && end_of_seen(row) >= first_key + end * tile_depth};
  }

  void attend(Index group, Index first_key, const PackedBlock& block) {
    const Seen steps_seen = seen(group, first_key);
    if (steps_seen.begin >= steps_seen.end) return;
    score(group, block.keys, steps_seen);
    if (terms_.soft_cap > 0 || terms_.slopes != nullptr) apply_terms(group, first_key, steps_seen);
    if (!steps_seen.whole) hide_unseen(group, first_key, steps_seen);
    const Batch rescaling = exponentiate(group, steps_seen);
    finish_stores();
    if (steps_seen.whole || block.finite) {
      multiply_values(block.values, steps_seen);
      return add_products(group, rescaling, 0xffff);
    }
    add_finite_values(group, first_key, block.values, steps_seen, rescaling);
  }

  /// Scores of the steps that are seen, key by key.
  void score(Index group, const BFloat16* keys, const Seen& seen) {
    const BFloat16* const queries = queries_ + group * group_queries();
    const Index end = 2 * seen.end;
    for (Index tile = 2 * seen.begin; tile < end; tile += 4) {
      const BFloat16* const first = keys + tile * steps() * tile_elements;
      float* const target = scores_ + tile * tile_rows * Queries;
      end - tile >= 4 ? score_tiles<4>(first, queries, target) : score_tiles<2>(first, queries, target);
    }
  }

  /// Several tiles at once: each is a chain of products of which the next has to wait for the one before.
  template <Index Tiles>
  void score_tiles(const BFloat16* keys, const BFloat16* queries, float* target) const {
    constexpr int row_bytes = 64;
    const Index of_keys = steps() * tile_elements;
    // Registers are named by constants: 0 … 3 hold the scores, 4 and 5 keys, 6 the queries.
    _tile_zero(0);
    _tile_zero(1);
    if constexpr (Tiles == 4) {
      _tile_zero(2);
      _tile_zero(3);
    }
    for (Index step = 0; step < steps(); ++step, keys += tile_elements, queries += query_tile) {
      _tile_loadd(6, queries, query_bytes);
      _tile_loadd(4, keys, row_bytes);
      _tile_dpbf16ps(0, 4, 6);
      _tile_loadd(5, keys + of_keys, row_bytes);
      _tile_dpbf16ps(1, 5, 6);
      if constexpr (Tiles == 4) {
        _tile_loadd(4, keys + 2 * of_keys, row_bytes);
        _tile_dpbf16ps(2, 4, 6);
        _tile_loadd(5, keys + 3 * of_keys, row_bytes);
        _tile_dpbf16ps(3, 5, 6);
      }
    }
    constexpr Index tile = tile_rows * Queries;
    _tile_stored(0, target, query_bytes);
    _tile_stored(1, target + tile, query_bytes);
    if constexpr (Tiles == 4) {
      _tile_stored(2, target + 2 * tile, query_bytes);
      _tile_stored(3, target + 3 * tile, query_bytes);
    }
  }

  /// Something of the row that each lane belongs to.
  template <class Value, class F>
  [[nodiscard]] auto by_lane(Index group, F&& value_of) const {
    struct alignas(64) Values : std::array<Value, lanes> {};
    Values values{};
    for (Index lane = 0; lane < lanes; ++lane) {
      values[static_cast<std::size_t>(lane)] =
          static_cast<Value>(value_of(std::min(group * Queries + lane % Queries, rows() - 1)));
    }
    return values;
  }

  void apply_terms(Index group, Index first_key, const Seen& seen) {
    const Index begin = seen.begin * batches_of_step, end = seen.end * batches_of_step;
    if (terms_.soft_cap > 0) {
      soft_cap(scores_ + begin * lanes, (end - begin) * lanes, terms_.soft_cap * score_unit);
    }
    if (terms_.slopes == nullptr) return;
    const auto slopes = by_lane<float>(group, [&](Index row) { return terms_.slopes[row % heads_] * score_unit; });
    const auto queries = by_lane<float>(group, [&](Index row) { return end_of_seen(row) - 1; });
    const Batch slope = Batch::load_aligned(slopes.data()), query = Batch::load_aligned(queries.data());
    alignas(64) std::array<float, lanes> keys;
    for (Index lane = 0; lane < lanes; ++lane) {
      keys[static_cast<std::size_t>(lane)] = static_cast<float>(first_key + lane / Queries);
    }
    const Batch first = Batch::load_aligned(keys.data());
    for (Index j = begin; j < end; ++j) {
      const Batch distance = first + Batch(static_cast<float>(j * keys_of_batch)) - query;
      xsimd::fma(slope, distance, Batch::load_aligned(scores_ + j * lanes)).store_aligned(scores_ + j * lanes);
    }
  }

  /// Makes the scores of keys that a query does not see −∞.
  void hide_unseen(Index group, Index first_key, const Seen& seen) {
    const auto bounded = [&](Index key) { return std::clamp<Index>(key - first_key, 0, key_block); };
    const auto begins = by_lane<std::int32_t>(group, [&](Index row) { return bounded(first_seen(row)); });
    const auto ends = by_lane<std::int32_t>(group, [&](Index row) { return bounded(end_of_seen(row)); });
    alignas(64) std::array<std::int32_t, lanes> keys;  // of a batch
    for (Index lane = 0; lane < lanes; ++lane) {
      keys[static_cast<std::size_t>(lane)] = static_cast<std::int32_t>(lane / Queries);
    }
    const __m512i begin = _mm512_load_si512(begins.data()), end = _mm512_load_si512(ends.data());
    const __m512i first = _mm512_load_si512(keys.data());
    const auto hide = [&](Index from, Index to) {
      for (Index j = from; j < to; ++j) {
        const __m512i key = _mm512_add_epi32(first, _mm512_set1_epi32(static_cast<int>(j * keys_of_batch)));
        const auto unseen = _mm512_cmplt_epi32_mask(key, begin) | _mm512_cmpge_epi32_mask(key, end);
        _mm512_mask_store_ps(scores_ + j * lanes, static_cast<__mmask16>(unseen), Batch(negative_infinity));
      }
    };
    // All queries see the keys from the last begin to the first end.
    const Index from = seen.begin * batches_of_step, to = seen.end * batches_of_step;
    const Index middle = std::clamp(ceil_divide(begins.back(), keys_of_batch), from, to);
    hide(from, middle);
    hide(std::max(middle, ends.front() / keys_of_batch), to);
  }

  /// Partial results by key % 4: one batch of each key, or all four in one batch.
  static constexpr Index parts = 4 / keys_of_batch;

  /// Combines the parts of each query, always in the same order: (0, 1) and (2, 3).
  template <class Combine>
  [[nodiscard]] static Batch combine_parts(const std::array<Batch, parts>& part, Combine&& combine) {
    if constexpr (parts == 4) {
      return combine(combine(part[0], part[1]), combine(part[2], part[3]));
    } else {
      const Batch neighbours = combine(part[0], Batch(_mm512_shuffle_f32x4(part[0], part[0], 0b10'11'00'01)));
      return combine(neighbours, Batch(_mm512_shuffle_f32x4(neighbours, neighbours, 0b01'00'11'10)));
    }
  }

  /// Weights relative to the largest score so far, rounded, as tiles of pairs of keys. @return what to multiply with
  /// what was summed before.
  [[nodiscard]] Batch exponentiate(Index group, const Seen& seen) {
    const Index begin = seen.begin * batches_of_step, end = seen.end * batches_of_step;
    std::array<Batch, parts> part;
    part.fill(Batch(negative_infinity));
    for (Index j = begin; j < end; j += parts) {
      unrolled<parts>([&](auto i) { part[i] = xsimd::max(Batch::load_aligned(scores_ + (j + i) * lanes), part[i]); });
    }
    const Batch before = Batch::load_aligned(largest_scores_ + group * lanes);
    const Batch now = xsimd::max(combine_parts(part, [](auto a, auto b) { return xsimd::max(a, b); }), before);
    const Batch origin = exponent_origin(now), rescaling = power_of_two(before - origin);
    now.store_aligned(largest_scores_ + group * lanes);
    part.fill(Batch(0.0f));
    constexpr Index together = std::max<Index>(parts, 2);
    for (Index j = begin; j < end; j += together) {
      std::array<Batch, together> powers;
      unrolled<together>([&](auto i) {
        powers[i] = power_of_two(Batch::load_aligned(scores_ + (j + i) * lanes) - origin);
        part[i % parts] += powers[i];
      });
      unrolled<together / 2>([&](auto i) {
        _mm512_store_si512(powers_ + (j + 2 * i) * lanes,
                           interleave<Queries>(narrow_batches(powers[2 * i], powers[2 * i + 1])));
      });
    }
    float* const weights = weights_ + group * lanes;
    const Batch sums = combine_parts(part, [](auto a, auto b) { return a + b; });
    xsimd::fma(Batch::load_aligned(weights), rescaling, sums).store_aligned(weights);
    return rescaling;
  }

  /// products = valuesᵀ · weightsᵀ of the steps that are seen.
  void multiply_values(const BFloat16* values, const Seen& seen) const {
    for_each_row_tile<4>(channel_tiles(), [&]<Index Tiles>(Index first, std::integral_constant<Index, Tiles>) {
      multiply_tiles<Tiles>(values + first * tile_elements, seen, products_ + first * tile_rows * Queries);
    });
  }

  template <Index Tiles>
  void multiply_tiles(const BFloat16* values, const Seen& seen, float* target) const {
    constexpr int row_bytes = 64;
    constexpr Index tile = tile_rows * Queries;
    const Index of_step = channel_tiles() * tile_elements;
    // Registers are named by constants: 0 … 3 hold the products, 4 and 5 values, 6 the weights.
    _tile_zero(0);
    if constexpr (Tiles > 1) _tile_zero(1);
    if constexpr (Tiles > 2) _tile_zero(2);
    if constexpr (Tiles > 3) _tile_zero(3);
    for (Index step = seen.begin; step < seen.end; ++step) {
      const BFloat16* const of_channels = values + step * of_step;
      _tile_loadd(6, powers_ + step * query_tile, query_bytes);
      _tile_loadd(4, of_channels, row_bytes);
      _tile_dpbf16ps(0, 4, 6);
      if constexpr (Tiles > 1) {
        _tile_loadd(5, of_channels + tile_elements, row_bytes);
        _tile_dpbf16ps(1, 5, 6);
      }
      if constexpr (Tiles > 2) {
        _tile_loadd(4, of_channels + 2 * tile_elements, row_bytes);
        _tile_dpbf16ps(2, 4, 6);
      }
      if constexpr (Tiles > 3) {
        _tile_loadd(5, of_channels + 3 * tile_elements, row_bytes);
        _tile_dpbf16ps(3, 5, 6);
      }
    }
    _tile_stored(0, target, query_bytes);
    if constexpr (Tiles > 1) _tile_stored(1, target + tile, query_bytes);
    if constexpr (Tiles > 2) _tile_stored(2, target + 2 * tile, query_bytes);
    if constexpr (Tiles > 3) _tile_stored(3, target + 3 * tile, query_bytes);
  }

  /// sums = sums · rescaling + products in some lanes. Not inside the tiles, which have no denormals, or a sum could
  /// depend on how many zeros are added to it.
  void add_products(Index group, const Batch& rescaling, __mmask16 some) {
    float* const sums = sums_of_values_ + group * group_sums();
    for (Index j = 0; j < group_sums(); j += lanes) {
      const Batch sum = xsimd::fma(Batch::load_aligned(sums + j), rescaling, Batch::load_aligned(products_ + j));
      _mm512_mask_store_ps(sums + j, some, sum);
    }
  }

  /// The same for a block of values that are not all finite: token by token, without those that a token does not see.
  void add_finite_values(Index group, Index first_key, const BFloat16* values, const Seen& seen,
                         const Batch& rescaling) {
    const AlignedBuffer<BFloat16> of_token(key_block * channel_tiles() * tile_rows);
    const auto tokens = by_lane<std::int32_t>(group, [&](Index row) { return row / heads_; });
    for (std::int32_t token = tokens.front(); token <= tokens.back(); ++token) {
      std::copy_n(values, of_token.size(), of_token.data());
      const Index begin = first_seen(token * heads_) - first_key, end = end_of_seen(token * heads_) - first_key;
      for (Index key = 0; key < key_block; ++key) {
        if (key < begin || key >= end) clear_key(of_token.data(), key);
      }
      finish_stores();
      multiply_values(of_token.data(), seen);
      add_products(group, rescaling,
                   _mm512_cmpeq_epi32_mask(_mm512_load_si512(tokens.data()), _mm512_set1_epi32(token)));
    }
  }

  void clear_key(BFloat16* values, Index key) const {
    BFloat16* const step = values + key / tile_depth * channel_tiles() * tile_elements + key % tile_depth;
    for (Index channel = 0; channel < channel_tiles() * tile_rows; ++channel) step[channel * tile_depth] = {};
  }

  Index heads_, count_, head_dim_, visible_keys_;
  ScoreTerms terms_;
  AlignedBuffer<float> floats_;
  AlignedBuffer<BFloat16> elements_;
  float *sums_of_values_ = nullptr, *largest_scores_ = nullptr, *weights_ = nullptr;
  float *scores_ = nullptr, *products_ = nullptr;    ///< of one group and block
  BFloat16 *queries_ = nullptr, *powers_ = nullptr;  ///< tiles of all queries, and the weights of one group and block
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::simd::detail::amx

#endif
