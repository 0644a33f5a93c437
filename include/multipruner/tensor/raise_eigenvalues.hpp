// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/core/linkage.hpp>
#include <multipruner/tensor/matrix_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline tensor {

/// The largest sum of the magnitudes in a row; no eigenvalue has a larger magnitude.
[[nodiscard]] double row_sum_norm(MatrixView<const double> matrix);

/// Raises the eigenvalues of a symmetric matrix that are below a floor to it, in place: with B = A − floor · 1 the
/// result is floor · 1 + (B + |B|) / 2 (N. Higham, "Computing a nearest symmetric positive semidefinite matrix", 1988),
/// and |B| = B sign(B). At most 129 products of matrices, in parallel, and four further n × n matrices.
///
/// Errors are below 10⁻¹¹ of the norm, so a floor should be above that.
/// @param floor  above 0 @throws OptionError where the matrix is not square.
void raise_eigenvalues(MatrixView<double> matrix, double floor);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline tensor

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/tensor/raise_eigenvalues.ipp>
#endif
