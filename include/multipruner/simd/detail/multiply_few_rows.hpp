// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <type_traits>

#include <multipruner/core/linkage.hpp>
#include <multipruner/simd/detail/depth.hpp>
#include <multipruner/simd/detail/micro_kernel.hpp>
#include <multipruner/simd/detail/output.hpp>
#include <multipruner/simd/detail/weight_columns.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::simd::detail {

/// Up to so many rows of x go through multiply_few_rows; none where widening an element takes longer than packing it.
template <class Scalar>
inline constexpr Index few_rows = std::is_same_v<Scalar, Float16> ? 0 : 4;

/// Which tile_columns rows of a weight are read side by side, and how.
struct StripReading {
  Index apart = 1;  ///< from a row to the next
  Index ahead = 0;  ///< asks for so many cache lines beyond those in hand
};

/// sums = x (Rows × columns) · weightᵀ for up to tile_columns rows of a weight: the same chains as micro_kernel makes.
template <Index Rows, class Scalar>
void multiply_strip(MatrixView<const float> x, MatrixView<const Scalar> weight, StoredSums& target,
                    const StripReading& reading = {}) {
  constexpr Index step = WeightColumns<Scalar>::step;
  const std::array<WeightColumns<Scalar>, tile_batches> batches{
      {{weight, 0, reading.apart}, {weight, lanes * reading.apart, reading.apart}}};
  TileSums<Rows> sums;
  clear<Rows>(sums);
  const auto add = [&](auto j, Index k) __attribute__((always_inline)) {
    return [&sums, &x, j, k ](Index e, const Batch& column) __attribute__((always_inline)) {
      unrolled<Rows>([&](auto i) __attribute__((always_inline)) {
        sums[i][j] = Product<Scalar>::add(Batch(x.row(i)[k + e]), column, sums[i][j]);
      });
    };
  };
  const Index whole = weight.columns / step * step, rest = weight.columns - whole;
  for (Index k = 0; k < whole; k += step) {
    unrolled<tile_batches>([&](auto j) __attribute__((always_inline)) {
      if (reading.ahead > 0) batches[j].prefetch(k + reading.ahead * step);
      batches[j].columns(k, add(j, k));
    });
  }
  if (rest > 0) {
    unrolled<tile_batches>([&](auto j)
                               __attribute__((always_inline)) { batches[j].last_columns(whole, rest, add(j, whole)); });
  }
  store<Rows>(sums, target);
}

/// How far apart the rows of a strip are, for strips that cover a weight together. Odd where that costs little: at a
/// distance that is a power of two, the rows would push each other out of the caches.
[[nodiscard]] constexpr Index distance_in_strip(Index rows) {
  constexpr Index few = 8;
  const Index strips = ceil_divide(rows, tile_columns);
  return strips <= few ? strips : strips | 1;
}

/// output = x · weightᵀ on one thread for x of Rows rows.
///
/// The same bits as pack_panel and micro_kernel give together, without the panel in between: with so few rows the time
/// goes into reading the weight, and each element of it is needed only a few times.
///
/// The rows that are read side by side lie far apart, so that each of them is followed in memory by the one that takes
/// its place: a processor foresees a few long runs, but not short ones that begin anew with every row.
template <Index Rows, class Scalar>
void multiply_few_rows(MatrixView<const float> x, MatrixView<const Scalar> weight, const Output& output) {
  constexpr Index lines_ahead = 5;  // more push each other out of the first-level cache
  const Index apart = distance_in_strip(weight.rows);
  for (Index first = 0; first < std::min(apart, weight.rows); ++first) {
    const auto strip = weight.row_range(first, weight.rows - first);
    for_each_depth_block(x.columns, [&](Index k, Index depth) {
      StoredSums sums;
      multiply_strip<Rows>(x.column_range(k, depth), strip.column_range(k, depth), sums, {apart, lines_ahead});
      output.put_apart(Rows, first, apart, sums, k == 0);
    });
  }
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::simd::detail
