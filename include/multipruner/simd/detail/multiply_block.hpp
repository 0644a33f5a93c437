// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>

#include <multipruner/core/linkage.hpp>
#include <multipruner/simd/detail/depth.hpp>
#include <multipruner/simd/detail/micro_kernel.hpp>
#include <multipruner/simd/detail/multiply_few_rows.hpp>
#include <multipruner/simd/detail/pack_panel.hpp>
#include <multipruner/tensor/aligned_buffer.hpp>
#include <multipruner/tensor/weight_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::simd::detail {

/// Copies Rows rows of x next to each other, so that they neither evict each other from the first-level cache nor need
/// an address each.
template <Index Rows>
void copy_tile(MatrixView<const float> x, float* tile) {
  for (Index i = 0; i < Rows; ++i) std::copy_n(x.row(i), x.columns, tile + i * most_depth);
}

/// A block of k of a weight, packed: panels of tile_columns rows each, one after the other.
struct PackedPanels {
  const float* data;
  Index panels, size;  ///< how many, and how many floats each takes
  Index depth;
  bool first_block;
};

/// Multiplies Rows rows of x with all panels.
template <class Scalar, Index Rows>
void multiply_tile(MatrixView<const float> x, const PackedPanels& packed, float* tile, const Output& output) {
  copy_tile<Rows>(x, tile);
  StoredSums sums;
  for (Index panel = 0; panel < packed.panels; ++panel) {
    const Index column = panel * tile_columns;
    output.prefetch(0, Rows, column);
    micro_kernel<Scalar, Rows, most_depth>(packed.depth, tile, in_panel(packed.data + panel * packed.size), sums);
    output.put(0, Rows, column, sums, packed.first_block);
  }
}

/// For every block of k the panels of the weight are packed, which then lie in the second-level cache; the rows of x
/// pass by in tiles, which lie in the first. Source: Goto and van de Geijn, Anatomy of High-Performance Matrix
/// Multiplication, 2008, with the roles of the operands changed.
template <class Scalar>
void multiply_many_rows(MatrixView<const float> x, MatrixView<const Scalar> weight, const Output& output) {
  const Index panels = ceil_divide(weight.rows, tile_columns), panel_size = depth_of_block(x.columns) * tile_columns;
  const AlignedBuffer<float> scratch(tile_rows * most_depth + panels * panel_size);
  float *const tile = scratch.data(), *const packed = tile + tile_rows * most_depth;
  for_each_depth_block(x.columns, [&](Index k, Index depth) {
    for (Index panel = 0; panel < panels; ++panel) {
      const Index row = panel * tile_columns, rows = std::min(tile_columns, weight.rows - row);
      pack_panel(weight.row_range(row, rows).column_range(k, depth), packed + panel * panel_size);
    }
    const PackedPanels block{packed, panels, panel_size, depth, k == 0};
    for_each_row_tile<tile_rows>(x.rows, [&]<Index Rows>(Index first, std::integral_constant<Index, Rows>) {
      multiply_tile<Scalar, Rows>(x.row_range(first, Rows).column_range(k, depth), block, tile,
                                  output.part(first, Rows, 0, output.y.columns));
    });
  });
}

/// output = x · weightᵀ on one thread.
template <class Scalar>
void multiply_block(MatrixView<const float> x, MatrixView<const Scalar> weight, const Output& output) {
  if (x.rows > few_rows<Scalar>) return multiply_many_rows(x, weight, output);
  for_each_row_tile<few_rows<Scalar>>(x.rows, [&]<Index Rows>(Index first, std::integral_constant<Index, Rows>) {
    multiply_few_rows<Rows>(x.row_range(first, Rows), weight, output.part(first, Rows, 0, output.y.columns));
  });
}

inline void multiply_block(MatrixView<const float> x, const WeightView& weight, const Output& output) {
  weight.visit([&](auto stored) { multiply_block(x, stored, output); });
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::simd::detail
