#pragma once

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include <Eigen/Core>

#include <multipruner/core/error.hpp>
#include <multipruner/sparsity/detail/masked_rows.hpp>
#include <multipruner/sparsity/detail/tiles.hpp>

namespace multipruner {

/// When the iteration of `solve_masked_rows` ends.
struct MaskedSolveOptions {
  int iterations = 200;     ///< at most
  double tolerance = 1e-6;  ///< of the preconditioned residual of a row, relative to that of zero
};

/// What it took.
struct MaskedSolveOutcome {
  int iterations = 0;          ///< of the rows that took most
  Index unconverged_rows = 0;  ///< that were left before the tolerance, closer to their solution than zero is
};

/// Bytes that `solve_masked_rows` takes besides its operands, with the threads of here.
[[nodiscard]] inline Index masked_solve_bytes(Index rows, Index columns) {
  constexpr Index matrices = 7;  // of a tile: five of MaskedRows, and what is made meanwhile
  const Index at_work = std::min(rows, detail::tile_rows * available_threads());
  return static_cast<Index>(sizeof(double)) * matrices * at_work * columns;
}

namespace detail {

inline void require_masked_system(const WeightMatrix& right, const WeightMask& mask, const Eigen::MatrixXd& hessian,
                                  const MaskedSolveOptions& options) {
  if (options.iterations < 0 || !(options.tolerance >= 0) || !std::isfinite(options.tolerance)) {
    throw OptionError("solution under a mask",
                      std::to_string(options.iterations) + " iterations with tolerance " +
                          std::to_string(options.tolerance) + " cannot be",
                      "Give numbers that are not negative, as 200 and 1e-6");
  }
  const auto shape = [](Index rows, Index columns) { return std::to_string(rows) + " × " + std::to_string(columns); };
  if (mask.rows() != right.rows() || mask.columns() != right.cols()) {
    throw OptionError("solution under a mask",
                      "the mask is " + shape(mask.rows(), mask.columns()) + ", the right-hand side " +
                          shape(right.rows(), right.cols()),
                      "Give the mask of the weight that is solved");
  }
  if (hessian.rows() != right.cols() || hessian.cols() != right.cols()) {
    throw OptionError("solution under a mask",
                      "the matrix is " + shape(hessian.rows(), hessian.cols()) + " for rows of " +
                          std::to_string(right.cols()) + " entries",
                      "Give the one of the weight's inputs");
  }
  if (!right.allFinite() || !hessian.allFinite()) {
    throw DataError("solution under a mask", "the system is not finite",
                    "Check the weights and the text the activations came from");
  }
}

}  // namespace detail

/// Solves X·H = C for what a mask keeps of X: each row is x_S = c_S (H_SS)⁻¹ with the columns S that are kept in it,
/// and exactly 0 elsewhere. That is the least ½ xHxᵀ − xcᵀ of all rows with these zeros.
///
/// Every row has a matrix H_SS of its own, so that nothing can be factored for all of them; conjugate gradients share
/// their products with H instead, out · in² multiplications for each iteration, and every iteration lowers the cost of
/// a row. The same bits for any number of threads. Memory: `masked_solve_bytes`.
/// @param right  C, out × in; becomes X
/// @param hessian  H, in × in, symmetric and not indefinite
/// @throws OptionError where shapes disagree or options cannot be, DataError for numbers that are not finite.
inline MaskedSolveOutcome solve_masked_rows(WeightMatrix& right, const WeightMask& mask, const Eigen::MatrixXd& hessian,
                                            const MaskedSolveOptions& options = {}) {
  detail::require_masked_system(right, mask, hessian, options);
  const Index tiles = (right.rows() + detail::tile_rows - 1) / detail::tile_rows;
  std::vector<MaskedSolveOutcome> outcomes(static_cast<std::size_t>(tiles));
  detail::for_each_tile(right.rows(), [&](Index first, Index count) {
    MaskedSolveOutcome& outcome = outcomes[static_cast<std::size_t>(first / detail::tile_rows)];
    const WeightMatrix gradient = -right.middleRows(first, count);
    detail::MaskedRows rows(WeightMatrix::Zero(count, right.cols()), gradient, mask, first, hessian);
    while (outcome.iterations < options.iterations && !rows.all_converged(options.tolerance)) {
      if (!rows.iterate(options.tolerance)) break;
      ++outcome.iterations;
    }
    for (Index row = 0; row < count; ++row) outcome.unconverged_rows += rows.converged(row, options.tolerance) ? 0 : 1;
    right.middleRows(first, count) = rows.change();
  });
  MaskedSolveOutcome all;
  for (const MaskedSolveOutcome& outcome : outcomes) {
    all.iterations = std::max(all.iterations, outcome.iterations);
    all.unconverged_rows += outcome.unconverged_rows;
  }
  return all;
}

}  // namespace multipruner
