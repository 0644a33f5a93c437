#pragma once

#include <algorithm>

#include <multipruner/simd/detail/micro_kernel.hpp>
#include <multipruner/simd/detail/multiply_few_rows.hpp>
#include <multipruner/simd/detail/pack_panel.hpp>
#include <multipruner/tensor/weight_view.hpp>

namespace multipruner::simd::detail {

/// Floats of the scratch space `panel` of multiply_block.
inline constexpr Index panel_size = depth_block * tile_columns;

/// c (x.rows × tile_columns) = or += x · weightᵀ for up to tile_columns rows and depth_block columns of a
/// weight.
template <class Scalar>
void multiply_panel(MatrixView<const float> x, MatrixView<const Scalar> weight, float* panel, MatrixView<float> c,
                    Accumulate accumulate) {
  pack_panel(weight, panel);
  for_each_row_tile<tile_rows>(x.rows, [&]<Index Rows>(Index first, std::integral_constant<Index, Rows>) {
    micro_kernel<Rows>(x.columns, x.row(first), x.stride, panel, c.row(first), c.stride, accumulate);
  });
}

/// A packed panel of the weight stays in the first-level cache while all rows of x pass by. A large x is
/// taken in blocks of rows × depth_block, which should fit the second-level cache; a small one fits it as a
/// whole, and the rows of the weight are then read from end to end.
template <class Scalar>
void multiply_many_rows(MatrixView<const float> x, MatrixView<const Scalar> weight, float* panel, MatrixView<float> c) {
  constexpr Index small = 1 << 15;
  const Index columns_at_once = x.rows * x.columns <= small ? tile_columns : weight.rows;
  for (Index begin = 0; begin < weight.rows; begin += columns_at_once) {
    const Index end = std::min(begin + columns_at_once, weight.rows);
    for (Index k = 0; k < x.columns; k += depth_block) {
      const Index depth = std::min(depth_block, x.columns - k);
      for (Index column = begin; column < end; column += tile_columns) {
        const Index width = std::min(tile_columns, end - column);
        multiply_panel(x.column_range(k, depth), weight.row_range(column, width).column_range(k, depth), panel,
                       c.column_range(column, tile_columns), k == 0 ? Accumulate::no : Accumulate::yes);
      }
    }
  }
}

/// c = x · weightᵀ on one thread, where c is aligned scratch of x.rows × round_up(weight.rows, tile_columns).
inline void multiply_block(MatrixView<const float> x, const WeightView& weight, float* panel, MatrixView<float> c) {
  if (x.columns == 0) {
    for (Index i = 0; i < x.rows; ++i) std::fill_n(c.row(i), c.columns, 0.0f);
    return;
  }
  weight.visit([&](auto typed) {
    if (x.rows > few_rows) return multiply_many_rows(x, typed, panel, c);
    for_each_row_tile<few_rows>(x.rows, [&]<Index Rows>(Index first, std::integral_constant<Index, Rows>) {
      multiply_few_rows<Rows>(x.row_range(first, Rows), typed, c.row_range(first, Rows));
    });
  });
}

}  // namespace multipruner::simd::detail
