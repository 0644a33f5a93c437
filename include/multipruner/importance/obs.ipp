#pragma once

#include <cstddef>
#include <utility>

#include <multipruner/core/parallel.hpp>
#include <multipruner/importance/detail/unit_sums.hpp>
#include <multipruner/importance/obs.hpp>
#include <multipruner/importance/structured_obs.hpp>
#include <multipruner/tensor/eigen.hpp>

namespace multipruner::inline MULTIPRUNER_ABI {

MULTIPRUNER_INLINE std::vector<double> Obs::scores(const Graph& graph, BlockId block) const {
  if (graph.width(block) == 0) return {};
  Eigen::MatrixXd weight = to_eigen(output_matrix(graph.weights(), block));
  const Eigen::MatrixXd& gram = statistics_->gram(block, Signal::output_input, weight.cols()).matrix();
  for (Index j = 0; j < gram.cols(); ++j) {
    if (gram(j, j) == 0) weight.col(j).setZero();
  }
  const DampedCholesky factor = damped_cholesky(gram, options_.ridge);
  const Index width = graph.config().unit_width(block.kind);
  return options_.greedy ? greedy_places(std::move(weight), factor, width) : losses(weight, factor, width);
}

MULTIPRUNER_INLINE std::vector<double> Obs::losses(const Eigen::MatrixXd& weight, const DampedCholesky& factor,
                                                   Index width) {
  const Eigen::MatrixXd squares = inverse_diagonal_blocks(factor, width);
  std::vector<double> losses(static_cast<std::size_t>(weight.cols() / width));
  parallel_for(static_cast<Index>(losses.size()), [&](Index unit) {
    losses[static_cast<std::size_t>(unit)] =
        removal_loss(weight.middleCols(unit * width, width), squares.middleRows(unit * width, width));
  });
  return losses;
}

MULTIPRUNER_INLINE std::vector<double> Obs::greedy_places(Eigen::MatrixXd weight, const DampedCholesky& factor,
                                                          Index width) const {
  StructuredObs obs(std::move(weight), inverse(factor), width);
  std::vector<double> places(static_cast<std::size_t>(obs.num_units()));
  double place = 0;
  for (const UnitRemoval& removal : obs.remove_cheapest(obs.num_units(), options_.units_per_step)) {
    places[static_cast<std::size_t>(removal.unit)] = place++;
  }
  return places;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI
