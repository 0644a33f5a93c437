#pragma once

#include <Eigen/Core>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/types.hpp>

namespace multipruner::inline MULTIPRUNER_ABI {

/// G + λI = L·Lᵀ, and what it took.
struct DampedCholesky {
  Eigen::MatrixXd lower;  ///< L
  double dampening = 0;   ///< λ
  int attempts = 0;       ///< factorisations that were tried
  bool clipped = false;   ///< none went through: L is of G + λI with its eigenvalues clipped from below
};

/// The Cholesky factor of G + λI. Where that is not positive definite in double, λ grows tenfold up to five times, and
/// at last the eigenvalues are clipped.
///
/// @param gram  n × n, symmetric; the lower triangle is read.
/// @param dampening  λ, at least 0. After a failure with 0 the next is 10⁻⁸ · mean(diag G).
/// @throws DataError if the matrix is not finite or not square, or has entries so large that nothing helps; OptionError
/// for a λ that is below 0 or not finite.
[[nodiscard]] DampedCholesky cholesky_with_dampening(const Eigen::MatrixXd& gram, double dampening);

/// λ = ridge · mean(diag G), as OSSCAR damps (arXiv 2403.12983, with 0.01); 1 for a matrix of nothing but zeros.
/// @throws OptionError for a ridge below 0, DataError where that mean is not finite.
[[nodiscard]] double dampening_of(const Eigen::MatrixXd& gram, double ridge);

/// The Cholesky factor of a Gram matrix with λ = ridge · mean(diag G) on its diagonal.
/// @throws DataError, OptionError as above.
[[nodiscard]] DampedCholesky damped_cholesky(const Eigen::MatrixXd& gram, double ridge = 0.01);

/// (L·Lᵀ)⁻¹, symmetric.
[[nodiscard]] Eigen::MatrixXd inverse(const DampedCholesky& factor);

/// The blocks of width × width on the diagonal of (L·Lᵀ)⁻¹, one below the other: n × width. Half of the work of
/// the whole inverse, and nearly none of its memory.
/// @param width  divides n @throws OptionError where it does not.
[[nodiscard]] Eigen::MatrixXd inverse_diagonal_blocks(const DampedCholesky& factor, Index width);

}  // namespace multipruner::inline MULTIPRUNER_ABI

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/calibration/damped_inverse.ipp>
#endif
