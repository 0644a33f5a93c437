// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <multipruner/core/error.hpp>
#include <multipruner/sparsity/detail/masked_rows.hpp>
#include <multipruner/sparsity/detail/tiles.hpp>
#include <multipruner/sparsity/masked_solve.hpp>
#include <multipruner/tensor/all_finite.hpp>
#include <multipruner/tensor/eigen.hpp>
#include <multipruner/tensor/require_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline sparse {

MULTIPRUNER_INLINE Index masked_solve_bytes(Index rows, Index columns) {
  constexpr Index matrices = 7;  // of a tile: five of MaskedRows, and what is made meanwhile
  const Index at_work = std::min(rows, detail::tile_rows * available_threads());
  return static_cast<Index>(sizeof(double)) * matrices * at_work * columns;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline sparse

namespace multipruner::inline MULTIPRUNER_ABI::detail {

inline void require_masked_system(MatrixView<const double> right, const WeightMask& mask,
                                  MatrixView<const double> hessian, const MaskedSolveOptions& options) {
  require_view(right, "solution under a mask", "the right-hand side");
  require_view(hessian, "solution under a mask", "the matrix");
  if (options.iterations < 0 || !(options.tolerance >= 0) || !std::isfinite(options.tolerance)) {
    throw OptionError("solution under a mask",
                      std::to_string(options.iterations) + " iterations with tolerance " +
                          std::to_string(options.tolerance) + " are not possible",
                      "Give numbers that are not negative, e.g. 200 and 1e-6");
  }
  const auto shape = [](Index rows, Index columns) { return std::to_string(rows) + " × " + std::to_string(columns); };
  if (mask.rows() != right.rows || mask.columns() != right.columns) {
    throw OptionError("solution under a mask",
                      "the mask is " + shape(mask.rows(), mask.columns()) + ", the right-hand side " +
                          shape(right.rows, right.columns),
                      "Give the mask of the weight that is solved");
  }
  if (hessian.rows != right.columns || hessian.columns != right.columns) {
    throw OptionError("solution under a mask",
                      "the matrix is " + shape(hessian.rows, hessian.columns) + " for rows of " +
                          std::to_string(right.columns) + " entries",
                      "Give the one of the weight's inputs");
  }
  if (!all_finite(right) || !all_finite(hessian)) {
    throw DataError("solution under a mask", "the system is not finite",
                    "Check the weights and the text the activations came from");
  }
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline sparse {

MULTIPRUNER_INLINE MaskedSolveOutcome solve_masked_rows(MatrixView<double> right, const WeightMask& mask,
                                                        MatrixView<const double> hessian,
                                                        const MaskedSolveOptions& options) {
  detail::require_masked_system(right, mask, hessian, options);
  const Index tiles = (right.rows + detail::tile_rows - 1) / detail::tile_rows;
  std::vector<MaskedSolveOutcome> outcomes(static_cast<std::size_t>(tiles));
  detail::for_each_tile(right.rows, [&](Index first, Index count) {
    MaskedSolveOutcome& outcome = outcomes[static_cast<std::size_t>(first / detail::tile_rows)];
    const MatrixView<double> part = right.row_range(first, count);
    detail::MaskedRows rows(RowMajorMatrix::Zero(count, right.columns), -as_eigen(part), mask, first, hessian);
    while (outcome.iterations < options.iterations && !rows.all_converged(options.tolerance)) {
      if (!rows.iterate(options.tolerance)) break;
      ++outcome.iterations;
    }
    for (Index row = 0; row < count; ++row) outcome.unconverged_rows += rows.converged(row, options.tolerance) ? 0 : 1;
    as_eigen(part) = rows.change();
  });
  MaskedSolveOutcome all;
  for (const MaskedSolveOutcome& outcome : outcomes) {
    all.iterations = std::max(all.iterations, outcome.iterations);
    all.unconverged_rows += outcome.unconverged_rows;
  }
  return all;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline sparse
