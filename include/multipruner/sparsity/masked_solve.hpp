// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/types.hpp>
#include <multipruner/sparsity/weight_mask.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline sparse {

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
[[nodiscard]] Index masked_solve_bytes(Index rows, Index columns);

/// Solves X·H = C for what a mask keeps of X: each row is x_S = c_S (H_SS)⁻¹ with the columns S that are kept in it,
/// and exactly 0 elsewhere. That is the least ½ xHxᵀ − xcᵀ of all rows with these zeros.
///
/// Every row has a matrix H_SS of its own, so that nothing can be factored for all of them; conjugate gradients share
/// their products with H instead, out · in² multiplications for each iteration, and every iteration lowers the cost of
/// a row. The same bits for any number of threads. Memory: `masked_solve_bytes`.
/// @param right  C, out × in; becomes X
/// @param hessian  H, in × in, symmetric and not indefinite
/// @throws OptionError where shapes disagree or options cannot be, DataError for numbers that are not finite.
MaskedSolveOutcome solve_masked_rows(MatrixView<double> right, const WeightMask& mask, MatrixView<const double> hessian,
                                     const MaskedSolveOptions& options = {});

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline sparse

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/sparsity/masked_solve.ipp>
#endif
