// SPDX-License-Identifier: MIT
#pragma once

#include <array>

#include <multipruner/core/linkage.hpp>
#include <multipruner/simd/detail/batch.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::simd::detail {

/// The register tile: `tile_rows` rows of x times `tile_columns` rows of the weight. Its accumulators leave a few
/// registers free, beside two batches of the weight and one broadcast element of x: compilers that are short of them
/// spill accumulators inside the loop.
inline constexpr Index register_count = (XSIMD_WITH_AVX512F || XSIMD_WITH_NEON64) ? 32 : 16;
inline constexpr Index tile_batches = 2;
inline constexpr Index tile_columns = tile_batches * lanes;
inline constexpr Index tile_rows = register_count * 3 / 8;

/// The sums of a register tile, in registers …
template <Index Rows>
using TileSums = std::array<std::array<Batch, tile_batches>, Rows>;

/// … and in memory, rows × tile_columns.
struct alignas(64) StoredSums : std::array<float, tile_rows * tile_columns> {};

template <Index Rows>
[[gnu::always_inline]] inline void clear(TileSums<Rows>& sums) {
  unrolled<Rows>([&](auto i) __attribute__((always_inline)) { sums[i].fill(Batch(0.0f)); });
}

template <Index Rows>
[[gnu::always_inline]] inline void store(const TileSums<Rows>& sums, StoredSums& target) {
  unrolled<Rows>([&](auto i) __attribute__((always_inline)) {
    unrolled<tile_batches>([&](auto j) __attribute__((always_inline)) {
      sums[i][j].store_aligned(target.data() + i * tile_columns + j * lanes);
    });
  });
}

/// What a step of k adds to a chain: the product of a word of x and one of a weight of such scalars, in every lane.
template <class Scalar>
struct Product {
  [[gnu::always_inline]] static Batch add(const Batch& a, const Batch& b, const Batch& sum) {
    return xsimd::fma(a, b, sum);
  }
};

/// sums = x (Rows × depth) · weights (depth × tile_columns).
///
/// Every element is its own chain of fused multiply-adds over ascending k that starts at zero, so it does not depend on
/// the rows and columns beside it.
///
/// @tparam Scalar  of the weight: says what a product of two words is
/// @tparam Stride  of the rows of x: a constant, so that one register addresses them all
/// @tparam Step  from one k of x to the next
/// @param weights  weights(k, j) is batch j of row k
template <class Scalar, Index Rows, Index Stride, Index Step = 1, class Weights>
void micro_kernel(Index depth, const float* x, const Weights& weights, StoredSums& target) {
  TileSums<Rows> sums;
  clear<Rows>(sums);
  for (Index k = 0; k < depth; ++k) {
    std::array<Batch, tile_batches> row;
    unrolled<tile_batches>([&](auto j) __attribute__((always_inline)) { row[j] = weights(k, j); });
    unrolled<Rows>([&](auto i) __attribute__((always_inline)) {
      const Batch element(x[i * Stride + k * Step]);
      unrolled<tile_batches>([&](auto j) __attribute__((always_inline)) {
        sums[i][j] = Product<Scalar>::add(element, row[j], sums[i][j]);
      });
    });
  }
  store<Rows>(sums, target);
}

/// The weights of an aligned panel, depth × tile_columns.
[[nodiscard]] inline auto in_panel(const float* panel) {
  return [panel](Index k, Index j) { return Batch::load_aligned(panel + k * tile_columns + j * lanes); };
}

/// Cuts `rows` rows into tiles of nearly equal height ≤ Most and calls f(first, std::integral_constant<height>).
template <Index Most, class F>
void for_each_row_tile(Index rows, F&& f) {
  for (Index first = 0; first < rows;) {
    const Index left = rows - first;
    const Index height = ceil_divide(left, ceil_divide(left, Most));
    unrolled<Most>([&](auto i) __attribute__((always_inline)) {
      if (height == i + 1) f(first, std::integral_constant<Index, i + 1>{});
    });
    first += height;
  }
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::simd::detail
