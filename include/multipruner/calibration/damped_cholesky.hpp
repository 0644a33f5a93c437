// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/core/linkage.hpp>
#include <multipruner/tensor/damping_outcome.hpp>
#include <multipruner/tensor/matrix.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline calibration {

/// G + λI = Uᵀ·U, and what it took.
struct DampedCholesky {
  Matrix<double> upper;      ///< U, upper triangular
  DampingOutcome damping{};  ///< λ, its share of mean(diag G), and whether U is of G + λI with its eigenvalues raised
};

/// The Cholesky factor of G + λI. Where that is not positive definite in double, λ grows tenfold up to five times, and
/// at last the eigenvalues are clipped.
///
/// @param gram  n × n, symmetric; the upper triangle is read.
/// @param damping  λ, at least 0. After a failure with 0 the next is 10⁻⁸ · mean(diag G).
/// @throws DataError if the matrix is not finite or not square, or has entries so large that nothing helps; OptionError
/// for a λ that is below 0 or not finite.
[[nodiscard]] DampedCholesky cholesky_with_damping(MatrixView<const double> gram, double damping);

/// λ = ridge · mean(diag G), as OSSCAR damps (arXiv 2403.12983, with 0.01); 1 for a matrix of nothing but zeros.
/// @throws OptionError for a ridge below 0, DataError where that mean is not finite.
[[nodiscard]] double damping_of(MatrixView<const double> gram, double ridge);

/// The Cholesky factor of a Gram matrix with λ = ridge · mean(diag G) on its diagonal.
/// @throws DataError, OptionError as above.
[[nodiscard]] DampedCholesky damped_cholesky(MatrixView<const double> gram, double ridge = 0.01);

/// (Uᵀ·U)⁻¹, symmetric.
[[nodiscard]] Matrix<double> inverse(const DampedCholesky& factor);

/// The blocks of width × width on the diagonal of (Uᵀ·U)⁻¹, one beside the other: width × n. Half of the work of
/// the whole inverse, and nearly none of its memory.
/// @param width  divides n @throws OptionError where it does not.
[[nodiscard]] Matrix<double> inverse_diagonal_blocks(const DampedCholesky& factor, Index width);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline calibration

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/calibration/damped_cholesky.ipp>
#endif
