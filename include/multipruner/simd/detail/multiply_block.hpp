#pragma once

#include <algorithm>

#include <multipruner/simd/detail/micro_kernel.hpp>
#include <multipruner/simd/detail/pack_panel.hpp>

namespace multipruner::simd::detail {

/// Products are summed within blocks of this many k, and the blocks one after the other. A constant, because
/// it is part of what the result is: nothing else about the blocking can be seen in the bits.
inline constexpr Index depth_block = 256;

/// Floats of the scratch space `panel` of multiply_block.
inline constexpr Index panel_size = depth_block * tile_columns;

/// c = x · weightᵀ on one thread, where c is aligned scratch of x.rows × round_up(weight.rows, tile_columns).
///
/// A packed panel of the weight stays in the first-level cache while all rows of x pass by; a block of x,
/// rows × depth_block, should fit the second-level cache.
inline void multiply_block(MatrixView<const float> x, const WeightView& weight, float* panel,
                           MatrixView<float> c) {
  if (x.columns == 0) {
    for (Index i = 0; i < x.rows; ++i) std::fill_n(c.row(i), c.columns, 0.0f);
  }
  for (Index k = 0; k < x.columns; k += depth_block) {
    const Index depth = std::min(depth_block, x.columns - k);
    const Accumulate accumulate = k == 0 ? Accumulate::no : Accumulate::yes;
    for (Index column = 0; column < weight.rows; column += tile_columns) {
      const Index width = std::min(tile_columns, weight.rows - column);
      weight.row_range(column, width).column_range(k, depth).visit([&](auto part) {
        pack_panel(part, panel);
      });
      for_each_row_tile(x.rows, [&]<Index Rows>(Index first, std::integral_constant<Index, Rows>) {
        micro_kernel<Rows>(depth, x.row(first) + k, x.stride, panel, c.row(first) + column, c.stride,
                           accumulate);
      });
    }
  }
}

}  // namespace multipruner::simd::detail
