// SPDX-License-Identifier: MIT
#pragma once

#include <span>

#include <multipruner/core/linkage.hpp>
#include <multipruner/sparsity/masked_solve.hpp>
#include <multipruner/sparsity/weight_matrix.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline compensation {

/// A weight of fewer columns that does the work of the whole one and keeps its zeros, and what that took.
struct MaskedRidgeColumns {
  WeightMatrix weight;  ///< out × kept columns
  double damping = 0;   ///< λ
  MaskedSolveOutcome outcome{};
};

/// `ridge_columns` for a weight with a mask, whose zeros stay zero: argmin over W'_K with these zeros of
/// tr((W − W') (G + λI) (W − W')ᵀ), where W' is zero outside of K. Each row is least squares on the columns of its own
/// that are neither removed nor masked, solved by `solve_masked_rows`.
/// @param weight  out × n, zero where the mask says so @param gram  n × n @param kept  ascending
/// @throws OptionError where shapes disagree or columns do not ascend, DataError where the Gram matrix is not finite.
[[nodiscard]] MaskedRidgeColumns masked_ridge_columns(MatrixView<const double> weight, const WeightMask& mask,
                                                      MatrixView<const double> gram, std::span<const Index> kept,
                                                      double ridge = 0.01, const MaskedSolveOptions& options = {});

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline compensation

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/compensation/masked_ridge_columns.ipp>
#endif
