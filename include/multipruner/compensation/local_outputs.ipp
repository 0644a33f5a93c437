// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>

#include <multipruner/compensation/local_outputs.hpp>
#include <multipruner/core/exact_text.hpp>
#include <multipruner/core/parallel.hpp>
#include <multipruner/tensor/eigen.hpp>
#include <multipruner/tensor/products.hpp>
#include <multipruner/tensor/triangular.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline compensation {

MULTIPRUNER_INLINE LocalOutputs::LocalOutputs(const Graph& graph, const ModelStatistics& statistics, double ridge)
    : SolvedOutputs(graph),
      ridge_(ridge),
      identity_("local outputs, ridge " + exact_text(ridge) + ", text " + statistics.origin().windows),
      factors_(static_cast<std::size_t>(graph.config().num_blocks())) {
  parallel_for(graph.config().num_blocks(), [&](Index position) {
    const BlockId block{position};
    for (std::size_t axis = 0; axis < graph.spec(block).kind().axes.size(); ++axis) {
      if (!has_output(graph, {block, axis})) continue;
      const Index width = graph.width({block, axis});
      const Signal input = output_input(graph, {block, axis});
      factors_[static_cast<std::size_t>(position)][axis] =
          damped_cholesky(statistics.gram(block, input, width).matrix(), ridge);
    }
  });
}

MULTIPRUNER_INLINE const DampedCholesky& LocalOutputs::factor(BlockAxis axis) const {
  (void)output_matrix(graph(), axis);
  return factors_[static_cast<std::size_t>(axis.block.position)][axis.axis];
}

MULTIPRUNER_INLINE WeightMatrix LocalOutputs::solve(BlockAxis axis, const WeightView& original, Index width) const {
  constexpr Index rows_per_task = 32;
  const WeightMatrix weight = to_weight_matrix(original);
  const Index gone = weight.columns() - width;
  const MatrixView<const double> kept_columns = factor(axis).upper.view().row_range(0, width);  // rows of U
  WeightMatrix solution = copied(weight.view().column_range(0, width));
  parallel_for((weight.rows() + rows_per_task - 1) / rows_per_task, [&](Index task) {
    const Index first = task * rows_per_task, rows = std::min(rows_per_task, weight.rows() - first);
    Matrix<double> change = product_of_rows(weight.view().row_range(first, rows).column_range(width, gone),
                                            kept_columns.column_range(width, gone));
    solve_rows_transposed(kept_columns.column_range(0, width), change.view());
    as_eigen(solution.view().row_range(first, rows)) += as_eigen(change.view());
  });
  return solution;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline compensation
