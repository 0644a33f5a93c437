#pragma once

#include <array>

#include <multipruner/simd/detail/batch.hpp>

namespace multipruner::simd::detail {

/// The register tile: `tile_rows` rows of x times `tile_columns` rows of the weight. It is as large as the
/// accumulators that fit the registers beside two batches of the weight and one broadcast element of x.
inline constexpr Index register_count = (XSIMD_WITH_AVX512F || XSIMD_WITH_NEON64) ? 32 : 16;
inline constexpr Index tile_batches = 2;
inline constexpr Index tile_columns = tile_batches * lanes;
inline constexpr Index tile_rows = (register_count - 4) / tile_batches;

/// Products are summed within blocks of this many k, and the blocks one after the other. A constant, because
/// it is part of what the result is: nothing else about the blocking can be seen in the bits.
inline constexpr Index depth_block = 256;

/// What a tile of products does to the place it is written to.
enum class Accumulate : bool { no, yes };

/// c (Rows × tile_columns) = or += x (Rows × depth) · panel (depth × tile_columns).
///
/// Every element is its own chain of fused multiply-adds over ascending k that starts at zero, so it does not
/// depend on the rows and columns beside it. `panel` and `c` are aligned; x is read in place.
template <Index Rows>
void micro_kernel(Index depth, const float* x, Index x_stride, const float* panel, float* c, Index c_stride,
                  Accumulate accumulate) {
  std::array<std::array<Batch, tile_batches>, Rows> sums;
  unrolled<Rows>([&](auto i) { sums[i].fill(Batch(0.0f)); });
  for (Index k = 0; k < depth; ++k, panel += tile_columns) {
    std::array<Batch, tile_batches> weight;
    unrolled<tile_batches>([&](auto j) { weight[j] = Batch::load_aligned(panel + j * lanes); });
    unrolled<Rows>([&](auto i) {
      const Batch element(x[i * x_stride + k]);
      unrolled<tile_batches>([&](auto j) { sums[i][j] = xsimd::fma(element, weight[j], sums[i][j]); });
    });
  }
  unrolled<Rows>([&](auto i) {
    unrolled<tile_batches>([&](auto j) {
      float* target = c + i * c_stride + j * lanes;
      const Batch sum = accumulate == Accumulate::yes ? Batch::load_aligned(target) + sums[i][j] : sums[i][j];
      sum.store_aligned(target);
    });
  });
}

/// Cuts `rows` rows into tiles of nearly equal height ≤ Most and calls f(first,
/// std::integral_constant<height>).
template <Index Most, class F>
void for_each_row_tile(Index rows, F&& f) {
  for (Index first = 0; first < rows;) {
    const Index left = rows - first;
    const Index height = ceil_divide(left, ceil_divide(left, Most));
    unrolled<Most>([&](auto i) {
      if (height == i + 1) f(first, std::integral_constant<Index, i + 1>{});
    });
    first += height;
  }
}

}  // namespace multipruner::simd::detail
