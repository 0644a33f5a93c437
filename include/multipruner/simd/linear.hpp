#pragma once

#include <algorithm>

#include <multipruner/core/parallel.hpp>
#include <multipruner/simd/convert.hpp>
#include <multipruner/simd/detail/multiply_block.hpp>
#include <multipruner/simd/detail/require.hpp>
#include <multipruner/tensor/aligned_buffer.hpp>

namespace multipruner::simd {

/// What a kernel does with what already lies in its result.
enum class Store { overwrite, add };

namespace detail {

/// The part of y that one task of `linear` computes.
struct LinearBlocking {
  static constexpr Index most_rows = 192, most_columns = 64;

  Index rows_per_task, columns_per_task;
  Index row_tasks, column_tasks;

  LinearBlocking(Index rows, Index columns)
      : rows_per_task(even_share(rows, most_rows, tile_rows)),
        columns_per_task(even_share(columns, most_columns, tile_columns)),
        row_tasks(ceil_divide(rows, rows_per_task)),
        column_tasks(ceil_divide(columns, columns_per_task)) {}

 private:
  static Index even_share(Index size, Index most, Index tile) {
    return std::max(round_up(ceil_divide(size, std::max<Index>(ceil_divide(size, most), 1)), tile), tile);
  }
};

inline void store_block(MatrixView<const float> block, const float* bias, MatrixView<float> y, Store store) {
  for (Index i = 0; i < y.rows; ++i) {
    for (Index j = 0; j < y.columns; ++j) {
      float value = block.row(i)[j];
      if (bias != nullptr) value += bias[j];
      y.row(i)[j] = store == Store::add ? y.row(i)[j] + value : value;
    }
  }
}

}  // namespace detail

/// y = x · weightᵀ + bias, or y += x · weightᵀ + bias, in float32.
///
/// An element of y depends only on its row of x, its row of the weight, its bias and its old value: its bits
/// are the same whatever rows and columns stand beside it, whatever the strides are and however many threads
/// run.
///
/// @param x       rows × in
/// @param weight  out × in as stored
/// @param bias    1 × out, or empty
/// @param y       rows × out; it may not overlap x
/// Throws OptionError where shapes disagree.
inline void linear(MatrixView<const float> x, const WeightView& weight, const WeightView& bias, MatrixView<float> y,
                   Store store = Store::overwrite) {
  using namespace detail;
  require_equal(weight.columns, x.columns, "linear", "the column count of the weight");
  require_equal(y.columns, weight.rows, "linear", "the column count of y");
  require_equal(y.rows, x.rows, "linear", "the row count of y");
  AlignedBuffer<float> wide_bias;
  if (bias) {
    require_equal(bias.size(), weight.rows, "linear", "the size of the bias");
    wide_bias = AlignedBuffer<float>(bias.size());
    to_float(bias, {wide_bias.data(), bias.rows, bias.columns});
  }
  const LinearBlocking blocking(x.rows, weight.rows);
  parallel_for(blocking.row_tasks * blocking.column_tasks, [&](Index task) {
    const Index row = task % blocking.row_tasks * blocking.rows_per_task;
    const Index column = task / blocking.row_tasks * blocking.columns_per_task;
    const Index rows = std::min(blocking.rows_per_task, x.rows - row);
    const Index columns = std::min(blocking.columns_per_task, weight.rows - column);
    const AlignedBuffer<float> scratch(panel_size + rows * blocking.columns_per_task);
    const MatrixView<float> block(scratch.data() + panel_size, rows, blocking.columns_per_task);
    multiply_block(x.row_range(row, rows), weight.row_range(column, columns), scratch.data(), block);
    store_block(block, bias ? wide_bias.data() + column : nullptr, y.row_range(row, rows).column_range(column, columns),
                store);
  });
}

}  // namespace multipruner::simd
