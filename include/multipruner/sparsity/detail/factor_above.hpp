// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/core/linkage.hpp>
#include <multipruner/tensor/matrix.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// The Cholesky factor u of a symmetric matrix uᵀ·u, in place, on one thread; leaves garbage below the diagonal.
/// @param smallest_pivot relative to the diagonal entry that it came from: below it, little but rounding errors is left
/// @returns false where the matrix is not positive definite, or has a smaller pivot.
[[nodiscard]] bool factor_above(MatrixView<double> matrix, double smallest_pivot);

/// The inverse of uᵀ, u being upper triangular, with its rows and its columns in reverse order, which is upper
/// triangular, too. n³/3 multiplications and additions, in parallel.
[[nodiscard]] Matrix<double> reversed_inverse(MatrixView<const double> u);

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/sparsity/detail/factor_above.ipp>
#endif
