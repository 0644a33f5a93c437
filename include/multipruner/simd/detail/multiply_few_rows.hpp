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

/// sums = x (Rows × columns) · weightᵀ for up to tile_columns rows of a weight: the same chains as micro_kernel makes.
template <Index Rows, class Scalar>
void multiply_strip(MatrixView<const float> x, MatrixView<const Scalar> weight, StoredSums& target) {
  constexpr Index step = WeightColumns<Scalar>::step;
  const std::array<WeightColumns<Scalar>, tile_batches> batches{{{weight, 0}, {weight, lanes}}};
  TileSums<Rows> sums;
  clear<Rows>(sums);
  const auto add = [&](auto j, Index k) __attribute__((always_inline)) {
    return [&sums, &x, j, k ](Index e, const Batch& column) __attribute__((always_inline)) {
      unrolled<Rows>([&](auto i) __attribute__((always_inline)) {
        sums[i][j] = xsimd::fma(Batch(x.row(i)[k + e]), column, sums[i][j]);
      });
    };
  };
  const Index whole = weight.columns / step * step, rest = weight.columns - whole;
  for (Index k = 0; k < whole; k += step) {
    unrolled<tile_batches>([&](auto j) __attribute__((always_inline)) { batches[j].columns(k, add(j, k)); });
  }
  if (rest > 0) {
    unrolled<tile_batches>([&](auto j)
                               __attribute__((always_inline)) { batches[j].last_columns(whole, rest, add(j, whole)); });
  }
  store<Rows>(sums, target);
}

/// output = x · weightᵀ on one thread for x of Rows rows.
///
/// The same bits as pack_panel and micro_kernel give together, without the panel in between: with so few rows the time
/// goes into reading the weight, and each element of it is needed only a few times.
template <Index Rows, class Scalar>
void multiply_few_rows(MatrixView<const float> x, MatrixView<const Scalar> weight, const Output& output) {
  for (Index column = 0; column < weight.rows; column += tile_columns) {
    const auto strip = weight.row_range(column, std::min(tile_columns, weight.rows - column));
    for_each_depth_block(x.columns, [&](Index k, Index depth) {
      StoredSums sums;
      multiply_strip<Rows>(x.column_range(k, depth), strip.column_range(k, depth), sums);
      output.put(0, Rows, column, sums, k == 0);
    });
  }
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::simd::detail
