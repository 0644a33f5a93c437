// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/core/linkage.hpp>
#include <multipruner/simd/detail/amx.hpp>

#if MULTIPRUNER_WITH_AMX

#include <algorithm>
#include <array>

#include <multipruner/simd/detail/weight_columns.hpp>
#include <multipruner/tensor/matrix_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::simd::detail::amx {

/// Keys are taken in blocks of this many, counted from key 0. A constant, because it is part of what the result is.
inline constexpr Index key_block = 128;

/// A block of keys and values of one key/value head in tiles; zeros where there is no key or no channel.
struct PackedBlock {
  const BFloat16* keys;    ///< tiles of 16 keys × 32 channels: those of the same keys side by side
  const BFloat16* values;  ///< tiles of 16 channels × 32 keys: those of the same keys side by side
  bool finite;             ///< whether all values are
};

/// Keys and values of one key/value head, of which it makes blocks.
class KeysAndValues {
 public:
  static constexpr Index tile_elements = tile_rows * tile_depth;

  /// Tiles beside each other: of the channels of a key, and of those of a value.
  [[nodiscard]] static constexpr Index key_steps(Index head_dim) { return ceil_divide(head_dim, tile_depth); }
  [[nodiscard]] static constexpr Index channel_tiles(Index head_dim) { return ceil_divide(head_dim, tile_rows); }

  /// Elements of memory that a block takes.
  [[nodiscard]] static constexpr Index block_elements(Index head_dim) {
    return key_block * (key_steps(head_dim) * tile_depth + channel_tiles(head_dim) * tile_rows);
  }

  /// @param keys  n × head_dim, likewise the values
  KeysAndValues(MatrixView<const float> keys, MatrixView<const float> values) : keys_(keys), values_(values) {}

  [[nodiscard]] Index blocks() const { return ceil_divide(keys_.rows, key_block); }

  /// @param memory  of block_elements, aligned
  /// @param packed  so many keys of the block are in this memory already. Where there are some, only those behind them
  ///                are packed, what lies behind the last key stays as it is, and only the values of these keys, or a
  ///                few before, are asked for being finite.
  PackedBlock pack(Index block, BFloat16* memory, Index packed = 0) const {
    const Index first = block * key_block, count = std::min(key_block, keys_.rows - first);
    const Index end = packed == 0 ? key_block : count;
    PackedBlock result = packed_block(memory, keys_.columns, true);
    pack_keys(keys_.row_range(first, count), packed, end, memory);
    result.finite = pack_values(values_.row_range(first, count), packed / tile_depth, ceil_divide(end, tile_depth),
                                memory + (result.values - result.keys));
    return result;
  }

  /// The block that was packed into some memory.
  [[nodiscard]] static PackedBlock packed_block(const BFloat16* memory, Index head_dim, bool finite) {
    return {memory, memory + key_block * key_steps(head_dim) * tile_depth, finite};
  }

 private:
  /// 16 elements, or the first `count` and zeros.
  static __m512 load_padded(const float* x, Index count) {
    if (count >= lanes) return _mm512_loadu_ps(x);
    return _mm512_maskz_loadu_ps(static_cast<__mmask16>((1u << count) - 1), x);
  }

  static void pack_keys(MatrixView<const float> keys, Index begin, Index end, BFloat16* target) {
    const Index steps = key_steps(keys.columns);
    for (Index key = begin; key < end; ++key) {
      BFloat16* row = target + key / tile_rows * steps * tile_elements + key % tile_rows * tile_depth;
      for (Index channel = 0; channel < keys.columns; channel += tile_depth, row += tile_elements) {
        const auto load = [&](Index at) {
          return key < keys.rows && at < keys.columns ? load_padded(keys.row(key) + at, keys.columns - at)
                                                      : _mm512_setzero_ps();
        };
        _mm512_store_si512(row, narrow_batches(load(channel), load(channel + lanes)));
      }
    }
  }

  /// Steps of 32 keys. @return whether all their values are finite: some float32 are too large for that.
  static bool pack_values(MatrixView<const float> values, Index begin, Index end, BFloat16* target) {
    const Index tiles = channel_tiles(values.columns);
    __mmask32 not_finite = 0;
    for (Index step = begin; step < end; ++step) {
      for (Index tile = 0; tile < tiles; ++tile) {
        not_finite |=
            pack_tile(values, step * tile_depth, tile * tile_rows, target + (step * tiles + tile) * tile_elements);
      }
    }
    return not_finite == 0;
  }

  /// Transposes 32 keys × 16 channels, pair of keys by pair of keys.
  static __mmask32 pack_tile(MatrixView<const float> values, Index first_key, Index channel, BFloat16* target) {
    const __m512i exponent = _mm512_set1_epi16(0x7f80);
    alignas(64) std::array<float, tile_rows * tile_rows> pairs;
    __mmask32 not_finite = 0;
    for (Index pair = 0; pair < tile_rows; ++pair) {
      const auto row = [&](Index key) {
        return key < values.rows ? load_padded(values.row(key) + channel, values.columns - channel)
                                 : _mm512_setzero_ps();
      };
      const __m512i words = interleave<lanes>(narrow_batches(row(first_key + 2 * pair), row(first_key + 2 * pair + 1)));
      not_finite |= _mm512_cmpeq_epi16_mask(_mm512_and_si512(words, exponent), exponent);
      _mm512_store_si512(pairs.data() + pair * tile_rows, words);
    }
    WeightColumns<float>({pairs.data(), tile_rows, tile_rows}, 0).columns(0, [&](Index e, const Batch& column) {
      column.store_aligned(reinterpret_cast<float*>(target) + e * tile_rows);
    });
    return not_finite;
  }

  MatrixView<const float> keys_, values_;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::simd::detail::amx

#endif
