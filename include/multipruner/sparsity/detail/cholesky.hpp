#pragma once

#include <Eigen/Core>

#include <multipruner/core/linkage.hpp>
#include <multipruner/sparsity/weight_matrix.hpp>
#include <multipruner/tensor/cholesky.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// Lower Cholesky factor of a symmetric matrix, in place, on one thread; leaves garbage above the diagonal.
/// @param smallest_pivot relative to the diagonal entry that it came from: below it, little but rounding errors is left
/// @returns false where the matrix is not positive definite, or has a smaller pivot.
[[nodiscard]] bool factor_in_place(Eigen::MatrixXd& matrix, double smallest_pivot = 0);

/// The inverse of a lower triangular matrix with its rows and its columns in reverse order, which is upper triangular.
/// n³/3 multiplications and additions, in parallel.
[[nodiscard]] WeightMatrix reversed_inverse(const Eigen::MatrixXd& lower);

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/sparsity/detail/cholesky.ipp>
#endif
