#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include <Eigen/Core>

#include <multipruner/calibration/damped_inverse.hpp>
#include <multipruner/calibration/model_statistics.hpp>
#include <multipruner/calibration/statistics_needs.hpp>
#include <multipruner/compensation/detail/solved_outputs.hpp>
#include <multipruner/core/parallel.hpp>
#include <multipruner/graph/graph.hpp>
#include <multipruner/sparsity/weight_matrix.hpp>
#include <multipruner/tensor/products.hpp>
#include <multipruner/tensor/triangular.hpp>

namespace multipruner {

/// Output matrices of narrowed blocks, each solved on its own: the channels that are left do, as far as they can, what
/// all channels did in the dense model, `ridge_columns` (OSSCAR, arXiv 2403.12983) with the Gram matrix of the dense
/// model's activations.
///
/// One factor G + λI = L·Lᵀ serves all widths of a block: for channels K in front of channels P, G_PK (G_KK + λI)⁻¹ is
/// L_PK L_KK⁻¹. A width costs 2 · hidden_size · width · channels operations, once; what is solved is kept.
///
/// Several threads may ask for weights, and tasks of one. The graph must outlive it.
class LocalOutputs final : public detail::SolvedOutputs {
 public:
  static constexpr StatisticsNeeds needs{.output_input = {.gram = true}};

  /// Factors the Gram matrix of every block: channels³ / 3 operations, and channels² doubles that stay.
  /// @param ridge  λ / mean(diag G)
  /// @throws OptionError where the statistics lack a Gram matrix or the ridge is below 0; DataError where a Gram matrix
  ///         is not finite.
  LocalOutputs(const Graph& graph, const ModelStatistics& statistics, double ridge)
      : SolvedOutputs(graph), factors_(static_cast<std::size_t>(graph.config().num_blocks())) {
    parallel_for(graph.config().num_blocks(), [&](Index position) {
      const BlockId block = block_at(position);
      const Index width = graph.width(block);
      if (width == 0) return;
      factors_[static_cast<std::size_t>(position)] =
          damped_cholesky(statistics.gram(block, Signal::output_input, width).matrix(), ridge);
    });
  }
  LocalOutputs(const Graph&&, const ModelStatistics&, double) = delete;

  /// How the Gram matrix of a block that is there was factored. @throws OptionError for another block.
  [[nodiscard]] const DampedCholesky& factor(BlockId block) const {
    (void)output_matrix(graph().weights(), block);
    return factors_[static_cast<std::size_t>(position_of(block))];
  }

 private:
  /// W_K + W_P L_PK L_KK⁻¹, by rows in parallel.
  [[nodiscard]] WeightMatrix solve(BlockId block, const WeightView& original, Index width) const override {
    constexpr Index rows_per_task = 32;
    const Eigen::MatrixXd& lower = factor(block).lower;
    const WeightMatrix weight = to_weight_matrix(original);
    const Index gone = weight.cols() - width;
    const MatrixView<const double> kept_columns = stored_rows(lower).row_range(0, width);  // of L, each in a row
    WeightMatrix solution = weight.leftCols(width);
    parallel_for((weight.rows() + rows_per_task - 1) / rows_per_task, [&](Index task) {
      const Index first = task * rows_per_task, rows = std::min(rows_per_task, weight.rows() - first);
      Matrix<double> change = product_of_rows(stored_rows(weight).row_range(first, rows).column_range(width, gone),
                                              kept_columns.column_range(width, gone));
      solve_rows_transposed(kept_columns.column_range(0, width), change.view());
      solution.middleRows(first, rows) += Eigen::Map<const WeightMatrix>(change.view().data, rows, width);
    });
    return solution;
  }

  std::vector<DampedCholesky> factors_;  ///< by position; empty where there is no block
};

}  // namespace multipruner
