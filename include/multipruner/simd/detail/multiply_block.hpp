// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>

#include <multipruner/core/linkage.hpp>
#include <multipruner/simd/detail/depth.hpp>
#include <multipruner/simd/detail/micro_kernel.hpp>
#include <multipruner/simd/detail/multiply_few_rows.hpp>
#include <multipruner/simd/detail/packed_panels.hpp>
#include <multipruner/tensor/aligned_buffer.hpp>
#include <multipruner/tensor/weight_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::simd::detail {

/// Copies Rows rows of x next to each other, so that they neither evict each other from the first-level cache nor need
/// an address each.
template <Index Rows>
void copy_tile(MatrixView<const float> x, float* tile) {
  for (Index i = 0; i < Rows; ++i) std::copy_n(x.row(i), x.columns, tile + i * most_depth);
}

/// Asks for one of `parts` shares of some rows.
inline void ask_for(MatrixView<const float> x, Index part, Index parts) {
  constexpr Index line = 16;
  for (Index k = part * line; k < x.columns; k += parts * line) {
    for (Index i = 0; i < x.rows; ++i) __builtin_prefetch(x.row(i) + k);
  }
}

/// The rows of x that a tile multiplies, those that the next one will, and whether panels are to be packed for it.
struct TileRows {
  MatrixView<const float> x, next;
  bool packs;
};

/// Multiplies Rows rows of x with all panels.
template <Index Rows, class Scalar>
void multiply_tile(const TileRows& rows, const PackedPanels<Scalar>& packed, float* tile, const Output& output,
                   bool first_block) {
  copy_tile<Rows>(rows.x, tile);
  StoredSums sums;
  for (Index panel = 0; panel < packed.count(); ++panel) {
    const Index column = panel * tile_columns;
    output.prefetch(0, Rows, column);
    ask_for(rows.next, panel, packed.count());
    if (rows.packs) {
      packed.pack(panel);
      micro_kernel<Scalar, Rows, most_depth>(rows.x.columns, tile, packed.batches_before_next(panel), sums);
    } else {
      micro_kernel<Scalar, Rows, most_depth>(rows.x.columns, tile, packed.batches(panel), sums);
    }
    output.put(0, Rows, column, sums, first_block);
  }
}

/// For every block of k the panels of the weight are packed for the first rows of x, and then lie in the second-level
/// cache; the further rows pass by in tiles, which lie in the first. Source: Goto and van de Geijn, Anatomy of
/// High-Performance Matrix Multiplication, 2008, with the roles of the operands changed.
template <class Scalar>
void multiply_many_rows(MatrixView<const float> x, MatrixView<const Scalar> weight, const Output& output) {
  const Index panel_size = depth_of_block(x.columns) * tile_columns;
  const AlignedBuffer<float> scratch(tile_rows * most_depth + PackedPanels<Scalar>::count(weight) * panel_size);
  float* const tile = scratch.data();
  for_each_depth_block(x.columns, [&](Index k, Index depth) {
    const PackedPanels<Scalar> packed(weight, k, depth, tile + tile_rows * most_depth);
    const MatrixView<const float> block = x.column_range(k, depth);
    for_each_row_tile<tile_rows>(x.rows, [&]<Index Rows>(Index first, std::integral_constant<Index, Rows>) {
      const Index next = first + Rows;
      const TileRows rows{.x = block.row_range(first, Rows),
                          .next = block.row_range(next, std::min(tile_rows, x.rows - next)),
                          .packs = first == 0};
      multiply_tile<Rows>(rows, packed, tile, output.part(first, Rows, 0, output.y.columns), k == 0);
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
