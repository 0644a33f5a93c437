// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <vector>

#include <multipruner/core/parallel.hpp>
#include <multipruner/simd/add_gram.hpp>
#include <multipruner/simd/detail/depth.hpp>
#include <multipruner/simd/detail/micro_kernel.hpp>
#include <multipruner/simd/detail/require.hpp>
#include <multipruner/tensor/aligned_buffer.hpp>
#include <multipruner/tensor/require_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::simd::detail {

/// Columns of b that lie in the second-level cache while the columns of a pass by, and columns of a for one packing.
inline constexpr Index gram_columns = 16 * tile_columns, gram_rows = 24 * tile_rows;

/// Columns of x as aligned panels of depth × tile_columns, one after the other; the last one is filled up with zeros.
/// Goes along the rows of x: down its columns, every step would be in another page.
inline void copy_panels(MatrixView<const float> x, float* panels) {
  const Index panel_size = x.rows * tile_columns, whole = x.columns / tile_columns, left = x.columns % tile_columns;
  for (Index k = 0; k < x.rows; ++k) {
    const float* const row = x.row(k);
    float* target = panels + k * tile_columns;
    for (Index panel = 0; panel < whole; ++panel, target += panel_size) {
      std::memcpy(target, row + panel * tile_columns, tile_columns * sizeof(float));  // a constant size: no call
    }
    if (left == 0) continue;
    std::copy_n(row + whole * tile_columns, left, target);
    std::fill_n(target + left, tile_columns - left, 0.0f);
  }
}

/// Rows columns of x next to each other, k by k: the left side of a register tile.
template <Index Rows>
void copy_columns(MatrixView<const float> x, float* tile) {
  for (Index k = 0; k < x.rows; ++k, tile += tile_rows) std::memcpy(tile, x.row(k), Rows * sizeof(float));
}

/// target += the sums of a register tile, as far as the target goes.
inline void add_sums(const StoredSums& sums, MatrixView<double> target) {
  for (Index i = 0; i < target.rows; ++i) {
    const float* const sum = sums.data() + i * tile_columns;
    double* const row = target.row(i);
    for (Index j = 0; j < target.columns; ++j) row[j] += static_cast<double>(sum[j]);
  }
}

inline void prefetch_tile(MatrixView<double> target) {
  constexpr Index line = 8;
  for (Index i = 0; i < target.rows; ++i) {
    for (Index j = 0; j < target.columns; j += line) __builtin_prefetch(target.row(i) + j, 1);
  }
}

/// target += aᵀ · b on one thread. Register tiles all of whose columns lie before column `diagonal` + row are left out.
inline void add_product_of_columns(MatrixView<const float> a, MatrixView<const float> b, MatrixView<double> target,
                                   Index diagonal) {
  const Index most = depth_of_block(a.rows), panels = ceil_divide(b.columns, tile_columns);
  const AlignedBuffer<float> scratch(most * (tile_rows + gram_rows + panels * tile_columns));
  float *const packed = scratch.data(), *const strip = packed + most * panels * tile_columns;
  float* const tile = strip + most * gram_rows;
  StoredSums sums;
  for_each_depth_block(a.rows, [&](Index k, Index depth) {
    copy_panels(b.row_range(k, depth), packed);
    for (Index i = 0; i < depth; ++i) std::copy_n(a.row(k + i), a.columns, strip + i * gram_rows);
    for_each_row_tile<tile_rows>(a.columns, [&]<Index Rows>(Index row, std::integral_constant<Index, Rows>) {
      copy_columns<Rows>({strip + row, depth, Rows, gram_rows}, tile);
      const Index first = std::max<Index>(diagonal + row, 0) / tile_columns * tile_columns;
      for (Index column = first; column < b.columns; column += tile_columns) {
        const auto part = target.row_range(row, Rows).column_range(column, std::min(tile_columns, b.columns - column));
        prefetch_tile(part);
        micro_kernel<float, Rows, 1, tile_rows>(depth, tile, in_panel(packed + column * depth), sums);
        add_sums(sums, part);
      }
    });
  });
}

/// Part of a product of columns: rows and columns of the target.
struct GramTask {
  Index row, rows, column, columns;
};

/// Cuts a target of rows × columns into tasks, nearly equal ones in every strip of rows; with `upper` only the part
/// on and above the diagonal, rounded to whole register tiles.
inline std::vector<GramTask> gram_tasks(Index rows, Index columns, bool upper) {
  std::vector<GramTask> tasks;
  for (Index row = 0; row < rows; row += gram_rows) {
    const Index first = upper ? row / tile_columns * tile_columns : 0;
    const Index parts = std::max<Index>(ceil_divide(columns - first, gram_columns), 1);
    const Index share = round_up(ceil_divide(columns - first, parts), tile_columns);
    for (Index column = first; column < columns; column += share) {
      tasks.push_back({row, std::min(gram_rows, rows - row), column, std::min(share, columns - column)});
    }
  }
  return tasks;
}

/// target += aᵀ · b; with `upper` at least the part on and above the diagonal.
inline void add_product_in_tasks(MatrixView<const float> a, MatrixView<const float> b, MatrixView<double> target,
                                 bool upper) {
  const std::vector<GramTask> tasks = gram_tasks(a.columns, b.columns, upper);
  parallel_for(static_cast<Index>(tasks.size()), [&](Index i) {
    const GramTask& task = tasks[static_cast<std::size_t>(i)];
    add_product_of_columns(a.column_range(task.row, task.rows), b.column_range(task.column, task.columns),
                           target.row_range(task.row, task.rows).column_range(task.column, task.columns),
                           upper ? task.row - task.column : -a.columns);
  });
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::simd::detail

namespace multipruner::inline MULTIPRUNER_ABI::simd {

MULTIPRUNER_INLINE void add_gram(MatrixView<const float> rows, MatrixView<double> target) {
  require_view(rows, "add_gram", "the rows");
  require_view(target, "add_gram", "the target");
  detail::require_equal(target.rows, rows.columns, "add_gram", "the row count of the target");
  detail::require_equal(target.columns, rows.columns, "add_gram", "the column count of the target");
  detail::add_product_in_tasks(rows, rows, target, true);
}

MULTIPRUNER_INLINE void add_cross_gram(MatrixView<const float> a, MatrixView<const float> b,
                                       MatrixView<double> target) {
  require_view(a, "add_cross_gram", "a");
  require_view(b, "add_cross_gram", "b");
  require_view(target, "add_cross_gram", "the target");
  detail::require_equal(b.rows, a.rows, "add_cross_gram", "the row count of b");
  detail::require_equal(target.rows, a.columns, "add_cross_gram", "the row count of the target");
  detail::require_equal(target.columns, b.columns, "add_cross_gram", "the column count of the target");
  detail::add_product_in_tasks(a, b, target, false);
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::simd
