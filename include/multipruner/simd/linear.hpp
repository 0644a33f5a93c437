#pragma once

#include <algorithm>

#include <multipruner/core/parallel.hpp>
#include <multipruner/simd/convert.hpp>
#include <multipruner/simd/detail/require.hpp>
#include <multipruner/simd/detail/with_operand.hpp>
#include <multipruner/tensor/aligned_buffer.hpp>

namespace multipruner::simd {

namespace detail {

/// The part of y that one task of `linear` computes: nearly equal ones, enough of them for all threads.
struct LinearBlocking {
  static constexpr Index parts_per_thread = 2;

  Index rows_per_task, columns_per_task;
  Index row_tasks, column_tasks;

  LinearBlocking(Index rows, Index columns, BlockLimits most, Index threads)
      : rows_per_task(even_share(rows, most.rows, operand_step)),
        columns_per_task(
            even_share(columns, std::min(most.columns, columns / (parts_per_thread * threads)), tile_columns)),
        row_tasks(ceil_divide(rows, rows_per_task)),
        column_tasks(ceil_divide(columns, columns_per_task)) {}

 private:
  /// Nearly equal parts of at most `most`, in whole steps.
  static Index even_share(Index size, Index most, Index step) {
    const Index parts = std::max<Index>(ceil_divide(size, std::max(most, step)), 1);
    return std::max(round_up(ceil_divide(size, parts), step), step);
  }
};

}  // namespace detail

/// y = x · weightᵀ + bias, or y += x · weightᵀ + bias. Sums are float32.
///
/// An element of y depends only on its row of x, its row of the weight, its bias and its old value: its bits are the
/// same whatever rows and columns stand beside it, whatever the strides are and however many threads run.
///
/// @param x       rows × in
/// @param weight  out × in as stored
/// @param bias    1 × out, or empty
/// @param y       rows × out; it may not overlap x
/// Throws OptionError where shapes disagree.
inline void linear(MatrixView<const float> x, const WeightView& weight, const WeightView& bias, MatrixView<float> y,
                   Store store = Store::overwrite, Compute compute = Compute::float32) {
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
  const Output output{y, bias ? wide_bias.data() : nullptr, store};
  with_operand(compute, x, [&](const auto& operand) {
    const LinearBlocking blocking(x.rows, weight.rows, operand.most, available_threads());
    parallel_for(blocking.row_tasks * blocking.column_tasks, [&](Index task) {
      const Index row = task % blocking.row_tasks * blocking.rows_per_task;
      const Index column = task / blocking.row_tasks * blocking.columns_per_task;
      const Index rows = std::min(blocking.rows_per_task, x.rows - row);
      const Index columns = std::min(blocking.columns_per_task, weight.rows - column);
      operand.multiply(row, weight.row_range(column, columns), output.part(row, rows, column, columns));
    });
  });
}

}  // namespace multipruner::simd
