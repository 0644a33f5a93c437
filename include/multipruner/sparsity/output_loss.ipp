// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>

#include <multipruner/core/error.hpp>
#include <multipruner/sparsity/detail/require_problem.hpp>
#include <multipruner/sparsity/detail/tiles.hpp>
#include <multipruner/sparsity/output_loss.hpp>
#include <multipruner/tensor/require_view.hpp>
#include <multipruner/tensor/times_symmetric.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline sparse {

MULTIPRUNER_INLINE std::vector<double> output_loss(const LinearProblem& problem, MatrixView<const double> changed) {
  detail::require_weights(problem);
  detail::require_gram(problem);
  require_view(changed, problem.name.c_str(), "the changed weight");
  if (changed.rows != problem.weights.rows || changed.columns != problem.weights.columns) {
    throw DataError(problem.name, "the changed weights have another shape", "Compare weights of the same layer");
  }
  std::vector<double> loss(static_cast<std::size_t>(changed.rows));
  detail::for_each_tile(changed.rows, [&](Index first, Index count) {
    const RowMajorMatrix change =
        as_eigen(changed.row_range(first, count)) - as_eigen(problem.weights.row_range(first, count));
    const RowMajorMatrix gradient = times_symmetric(change, problem.gram);
    for (Index i = 0; i < count; ++i) {
      loss[static_cast<std::size_t>(first + i)] =
          change.row(i).dot(gradient.row(i)) / static_cast<double>(problem.sequences);
    }
  });
  return loss;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline sparse
