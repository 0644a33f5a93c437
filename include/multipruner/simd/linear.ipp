// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include <multipruner/core/parallel.hpp>
#include <multipruner/simd/convert.hpp>
#include <multipruner/simd/detail/require.hpp>
#include <multipruner/simd/detail/with_operand.hpp>
#include <multipruner/simd/linear.hpp>
#include <multipruner/tensor/aligned_buffer.hpp>
#include <multipruner/tensor/require_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::simd::detail {

/// The part of y that one task of `linear` computes: nearly equal ones, enough of them for all threads. Columns are
/// divided no further than that takes, because every part copies its rows of x anew.
struct LinearBlocking {
  Index rows_per_task, row_tasks;
  Index columns_per_task, column_tasks;

  LinearBlocking(Index rows, Index columns, BlockLimits most, Index threads)
      : rows_per_task(even_share(rows, most.rows, operand_step)),
        row_tasks(ceil_divide(rows, rows_per_task)),
        columns_per_task(
            even_share(columns, std::min(most.columns, columns / column_parts(row_tasks, threads)), tile_columns)),
        column_tasks(ceil_divide(columns, columns_per_task)) {}

 private:
  /// As many as make two tasks a thread, where there is more than one.
  static Index column_parts(Index row_tasks, Index threads) {
    return threads == 1 ? 1 : ceil_divide(2 * threads, std::max<Index>(row_tasks, 1));
  }

  /// Nearly equal parts of at most `most`, in whole steps.
  static Index even_share(Index size, Index most, Index step) {
    const Index parts = std::max<Index>(ceil_divide(size, std::max(most, step)), 1);
    return std::max(round_up(ceil_divide(size, parts), step), step);
  }
};

inline void check(MatrixView<const float> x, const LinearTerm& term) {
  require_view(term.weight, "linear", "the weight");
  require_view(term.y, "linear", "y");
  require_equal(term.weight.columns, x.columns, "linear", "the column count of the weight");
  require_equal(term.y.columns, term.weight.rows, "linear", "the column count of y");
  require_equal(term.y.rows, x.rows, "linear", "the row count of y");
  if (term.bias) require_shape(term.bias, 1, term.weight.rows, "linear", "the bias");
}

/// The product with one weight, cut into tasks.
class LinearTasks {
 public:
  LinearTasks(const LinearTerm& term, Store store, BlockLimits most, Index threads)
      : weight_(term.weight),
        blocking_(term.y.rows, term.weight.rows, most, threads),
        bias_(term.bias ? term.bias.size() : 0),
        output_{term.y, term.bias ? bias_.data() : nullptr, store} {
    if (term.bias) to_float(term.bias, {bias_.data(), 1, bias_.size()});
  }

  [[nodiscard]] Index count() const { return blocking_.row_tasks * blocking_.column_tasks; }

  template <class Operand>
  void run(Index task, const Operand& operand) const {
    const Index row = task % blocking_.row_tasks * blocking_.rows_per_task;
    const Index column = task / blocking_.row_tasks * blocking_.columns_per_task;
    const Index rows = std::min(blocking_.rows_per_task, output_.y.rows - row);
    const Index columns = std::min(blocking_.columns_per_task, weight_.rows - column);
    operand.multiply(row, weight_.row_range(column, columns), output_.part(row, rows, column, columns));
  }

 private:
  WeightView weight_;
  LinearBlocking blocking_;
  AlignedBuffer<float> bias_;
  Output output_;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::simd::detail

namespace multipruner::inline MULTIPRUNER_ABI::simd {

MULTIPRUNER_INLINE void linear(MatrixView<const float> x, std::span<const LinearTerm> terms, Store store,
                               Compute compute) {
  require_view(x, "linear", "x");
  for (const LinearTerm& term : terms) detail::check(x, term);
  detail::with_operand(compute, x, [&](const auto& operand) {
    std::vector<detail::LinearTasks> all;
    std::vector<Index> first{0};  // of the tasks of each weight
    for (const LinearTerm& term : terms) {
      all.emplace_back(term, store, operand.most, available_threads());
      first.push_back(first.back() + all.back().count());
    }
    parallel_for(first.back(), [&](Index task) {
      const auto which = std::ranges::upper_bound(first, task) - first.begin() - 1;
      all[static_cast<std::size_t>(which)].run(task - first[static_cast<std::size_t>(which)], operand);
    });
  });
}

MULTIPRUNER_INLINE void linear(MatrixView<const float> x, const WeightView& weight, const WeightView& bias,
                               MatrixView<float> y, Store store, Compute compute) {
  const LinearTerm term{weight, bias, y};
  linear(x, std::span(&term, 1), store, compute);
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::simd
