// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>

#include <multipruner/calibration/damped_cholesky.hpp>
#include <multipruner/core/parallel.hpp>
#include <multipruner/importance/detail/unit_sums.hpp>
#include <multipruner/importance/obs.hpp>
#include <multipruner/importance/structured_obs.hpp>
#include <multipruner/sparsity/weight_matrix.hpp>
#include <multipruner/tensor/eigen.hpp>
#include <multipruner/tensor/transpose.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

[[nodiscard]] inline std::vector<double> removal_losses(MatrixView<const double> weight, const DampedCholesky& factor,
                                                        Index width) {
  const Matrix<double> squares = inverse_diagonal_blocks(factor, width), columns = transposed(weight);
  std::vector<double> losses(static_cast<std::size_t>(weight.columns / width));
  parallel_for(static_cast<Index>(losses.size()), [&](Index unit) {
    losses[static_cast<std::size_t>(unit)] =
        removal_loss(columns.view().row_range(unit * width, width), squares.view().column_range(unit * width, width));
  });
  return losses;
}

[[nodiscard]] inline std::vector<double> greedy_places(MatrixView<const double> weight, const DampedCholesky& factor,
                                                       Index width, Index units_per_step) {
  StructuredObs obs(weight, inverse(factor), width);
  std::vector<double> places(static_cast<std::size_t>(obs.num_units()));
  double place = 0;
  for (const UnitRemoval& removal : obs.remove_cheapest(obs.num_units(), units_per_step)) {
    places[static_cast<std::size_t>(removal.unit)] = place++;
  }
  return places;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline importance {

MULTIPRUNER_INLINE std::vector<double> Obs::scores(const Graph& graph, BlockAxis axis) const {
  if (graph.width(axis) == 0) return {};
  WeightMatrix weight = to_weight_matrix(output_matrix(graph, axis));
  const MatrixView<const double> gram =
      statistics_->gram(axis.block, output_input(graph, axis), weight.columns()).matrix();
  for (Index j = 0; j < gram.columns; ++j) {
    if (gram.row(j)[j] == 0) as_eigen(weight.view()).col(j).setZero();
  }
  const DampedCholesky factor = damped_cholesky(gram, options_.ridge);
  const Index width = graph.unit_width(axis);
  return options_.greedy ? detail::greedy_places(weight.view(), factor, width, options_.units_per_step)
                         : detail::removal_losses(weight.view(), factor, width);
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline importance
