// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/core/linkage.hpp>
#include <multipruner/simd/detail/amx.hpp>

#if MULTIPRUNER_WITH_AMX

#include <algorithm>
#include <array>
#include <type_traits>

#include <multipruner/simd/detail/narrow.hpp>
#include <multipruner/simd/detail/output.hpp>
#include <multipruner/simd/detail/parallel_rows.hpp>
#include <multipruner/simd/detail/weight_columns.hpp>
#include <multipruner/tensor/aligned_buffer.hpp>
#include <multipruner/tensor/weight_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::simd::detail::amx {

/// The left operand of products in bfloat16 with Intel's Advanced Matrix Extensions.
///
/// What is computed is weight · xᵀ: a tile register takes rows of the weight as they are stored, and it is x, of which
/// there is less, that is transposed once, in pairs of k as the instruction wants them. Only what comes out is
/// transposed back. An element is its own chain of tile products over ascending steps of 32 k; that the sums wait in
/// memory between blocks of k changes no bit of them.
class Operand {
 public:
  /// The sums of a part wait in the second-level cache.
  static constexpr BlockLimits most{512, 256};

  explicit Operand(MatrixView<const float> x)
      : columns_(x.columns),
        steps_(std::max<Index>(ceil_divide(x.columns, tile_depth), 1)),
        groups_(ceil_divide(x.rows, tile_rows)),
        pairs_(groups_ * steps_ * tile_elements) {
    parallel_rows(groups_, tile_rows * x.columns, [&](Index first, Index count) {
      for (Index group = first; group < first + count; ++group) {
        const Index row = group * tile_rows;
        pack(x.row_range(row, std::min(tile_rows, x.rows - row)), group);
      }
    });
  }

  /// output = rows first … of x · weightᵀ on one thread; as many rows as the output has. `first` is a multiple of 16.
  void multiply(Index first, const WeightView& weight, const Output& output) const {
    const Tiles tiles;
    weight.visit([&](auto stored) { multiply_blocks(first / tile_rows, stored, output); });
  }

 private:
  /// So many steps of the weight are multiplied with all rows before the next: they lie in the first-level cache.
  static constexpr Index block_steps = 16;

  /// So many rows of the weight share a pass over the rows of x.
  static constexpr Index strip_rows = 2 * tile_rows;

  static constexpr Index tile_elements = tile_rows * tile_depth;

  /// 16 rows of x at a step. All groups of a block of steps lie side by side, because they are read in one go, and
  /// because at strides of a power of two they would push each other out of the caches.
  [[nodiscard]] BFloat16* pairs(Index group, Index step) const {
    const Index block = step / block_steps * block_steps, steps = std::min(block_steps, steps_ - block);
    return pairs_.data() + (block * groups_ + group * steps + step - block) * tile_elements;
  }

  void pack(MatrixView<const float> x, Index group) const {
    alignas(64) std::array<BFloat16, tile_elements> rounded;
    for (Index step = 0; step < steps_; ++step) {
      const Index k = step * tile_depth, depth = std::min(tile_depth, columns_ - k);
      for (Index i = 0; i < tile_rows; ++i) {
        narrow_first(i < x.rows ? x.row(i) + k : nullptr, i < x.rows ? depth : 0, rounded.data() + i * tile_depth);
      }
      float* const target = reinterpret_cast<float*>(pairs(group, step));
      transpose(reinterpret_cast<const float*>(rounded.data()),
                [&](Index e, const Batch& column) { column.store_aligned(target + e * tile_rows); });
    }
  }

  /// The columns of 16 × 16 words.
  template <class F>
  static void transpose(const float* words, F&& f) {
    WeightColumns<float>({words, tile_rows, tile_rows}, 0).columns(0, f);
  }

  template <class Scalar>
  void multiply_blocks(Index first_group, MatrixView<const Scalar> weight, const Output& output) const {
    const Index groups = ceil_divide(output.y.rows, tile_rows), strips = ceil_divide(weight.rows, strip_rows);
    const Index even_groups = round_up(groups, 2);
    const AlignedBuffer<float> sums(strips * even_groups * strip_rows * tile_rows);
    alignas(64) std::array<BFloat16, strip_rows * tile_depth * block_steps> copy;
    const bool direct = read_once<Scalar>(weight.rows);
    for (Index step = 0; step < steps_;) {
      const Index steps = direct ? steps_ : std::min(block_steps, steps_ - step);
      for (Index n = 0; n < strips; ++n) {
        const Strip strip =
            direct ? strip_of(weight, n * strip_rows) : copy_of(weight, n * strip_rows, step, steps, copy.data());
        for (Index group = 0; group < groups; group += 2) {
          float* const c = sums.data() + (n * even_groups + group) * strip_rows * tile_rows;
          const BFloat16* const low = pairs(first_group + group, step);
          if (group + 1 < groups) {
            multiply_tiles<2>(strip, {low, pairs(first_group + group + 1, step)}, steps, c, step > 0);
          } else {
            multiply_tiles<1>(strip, {low, low}, steps, c, step > 0);
          }
        }
      }
      step += steps;
    }
    for (Index group = 0; group < groups; ++group) {
      for (Index n = 0; n < strips; ++n) {
        const float* const c = sums.data() + (n * even_groups + group) * strip_rows * tile_rows;
        put(c, group * tile_rows, n * strip_rows, output);
      }
    }
  }

  /// Where the tiles of a strip lie: those of its upper and of its lower half.
  struct Strip {
    const BFloat16 *upper, *lower;
    Index row_bytes;      ///< from a row of a tile to the next
    Index step_elements;  ///< from a step to the next
  };

  /// Whether the weight is better read where it lies than copied: for one tile of rows of x, and with whole tiles.
  template <class Scalar>
  [[nodiscard]] bool read_once(Index weight_rows) const {
    return std::is_same_v<Scalar, BFloat16> && groups_ == 1 && columns_ == steps_ * tile_depth &&
           weight_rows % strip_rows == 0;
  }

  static Strip strip_of(MatrixView<const BFloat16> weight, Index row) {
    constexpr Index element = sizeof(BFloat16);
    return {weight.row(row), weight.row(row + tile_rows), weight.stride * element, tile_depth};
  }
  template <class Scalar>
  static Strip strip_of(MatrixView<const Scalar>, Index) {
    return {};
  }

  /// Rows row … of the weight, steps step … of k: tiles one after the other, the two of a step side by side; zeros
  /// where there is none.
  template <class Scalar>
  Strip copy_of(MatrixView<const Scalar> weight, Index row, Index step, Index steps, BFloat16* strip) const {
    for (Index i = 0; i < strip_rows; ++i) {
      for (Index s = 0; s < steps; ++s) {
        BFloat16* const target = strip + (s * strip_rows + i) * tile_depth;
        const Index k = (step + s) * tile_depth;
        const Index depth = row + i < weight.rows ? std::clamp<Index>(columns_ - k, 0, tile_depth) : 0;
        if (depth == tile_depth) {
          copy_narrow(weight.row(row + i) + k, tile_depth, target);  // a constant: one load and one store
        } else {
          if (depth > 0) copy_narrow(weight.row(row + i) + k, depth, target);
          std::fill(target + depth, target + tile_depth, BFloat16{});
        }
      }
    }
    return {strip, strip + tile_elements, tile_depth * static_cast<Index>(sizeof(BFloat16)), 2 * tile_elements};
  }

  static void copy_narrow(const BFloat16* source, Index count, BFloat16* target) { std::copy_n(source, count, target); }
  template <class Scalar>
  static void copy_narrow(const Scalar* source, Index count, BFloat16* target) {
    std::transform(source, source + count, target,
                   [](Scalar value) { return narrow<BFloat16>(multipruner::to_float(value)); });
  }

  /// c = or += strip · groupsᵀ: two by Groups tiles, those of a group side by side.
  template <Index Groups>
  static void multiply_tiles(const Strip& strip, const std::array<const BFloat16*, 2>& groups, Index steps, float* c,
                             bool accumulate) {
    constexpr Index tile = tile_rows * tile_rows;
    constexpr int row_bytes = 64;
    // Registers are named by constants: 0 … 3 hold c, 4 and 5 the strip, 6 and 7 the groups.
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
    if (accumulate) {
      _tile_loadd(0, c, row_bytes);
      _tile_loadd(1, c + tile, row_bytes);
      if constexpr (Groups == 2) {
        _tile_loadd(2, c + 2 * tile, row_bytes);
        _tile_loadd(3, c + 3 * tile, row_bytes);
      }
    }
    for (Index step = 0; step < steps; ++step) {
      _tile_loadd(4, strip.upper + step * strip.step_elements, strip.row_bytes);
      _tile_loadd(6, groups[0] + step * tile_elements, row_bytes);
      _tile_dpbf16ps(0, 4, 6);
      _tile_loadd(5, strip.lower + step * strip.step_elements, strip.row_bytes);
      _tile_dpbf16ps(1, 5, 6);
      if constexpr (Groups == 2) {
        _tile_loadd(7, groups[1] + step * tile_elements, row_bytes);
        _tile_dpbf16ps(2, 4, 7);
        _tile_dpbf16ps(3, 5, 7);
      }
    }
    _tile_stored(0, c, row_bytes);
    _tile_stored(1, c + tile, row_bytes);
    if constexpr (Groups == 2) {
      _tile_stored(2, c + 2 * tile, row_bytes);
      _tile_stored(3, c + 3 * tile, row_bytes);
    }
  }

  /// The sums of one group of rows and one strip, transposed.
  static void put(const float* c, Index row, Index column, const Output& output) {
    const Index rows = std::min(tile_rows, output.y.rows - row);
    output.with_put(column, strip_rows, true, [&](auto put_lanes) {
      unrolled<2>([&](auto half) {
        transpose(c + half * tile_rows * tile_rows, [&](Index i, const Batch& sums) {
          if (i < rows) put_lanes(row + i, column + half * tile_rows, sums);
        });
      });
    });
  }

  Index columns_, steps_, groups_;
  AlignedBuffer<BFloat16> pairs_;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::simd::detail::amx

#endif
