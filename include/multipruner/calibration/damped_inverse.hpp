#pragma once

#include <algorithm>

#include <Eigen/Cholesky>
#include <Eigen/Core>
#include <Eigen/Eigenvalues>

#include <multipruner/core/error.hpp>
#include <multipruner/core/parallel.hpp>

namespace multipruner {

/// G + λI = L·Lᵀ, and what it took.
struct DampedCholesky {
  Eigen::MatrixXd lower;  ///< L
  double dampening = 0;   ///< λ
  int attempts = 0;       ///< factorisations that were tried
  bool clipped = false;   ///< none went through: L is of G + λI with its eigenvalues clipped from below
};

namespace detail {

inline constexpr int most_cholesky_attempts = 6;  // the first, and five with ten times the dampening of the one before

/// The symmetric matrix with eigenvalues of at least 10⁻⁸ of the largest (and of 10⁻³⁰⁰, for zero).
inline Eigen::MatrixXd clip_eigenvalues(const Eigen::MatrixXd& matrix) {
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(matrix);
  const double least = std::max(solver.eigenvalues().cwiseAbs().maxCoeff() * 1e-8, 1e-300);
  const Eigen::VectorXd values = solver.eigenvalues().cwiseMax(least);
  return solver.eigenvectors() * values.asDiagonal() * solver.eigenvectors().transpose();
}

}  // namespace detail

/// The Cholesky factor of G + λI. Where that is not positive definite in double, λ grows tenfold up to five times, and
/// at last the eigenvalues are clipped.
///
/// @param gram  n × n, symmetric; the lower triangle is read.
/// @param dampening  λ, at least 0. After a failure with 0 the next is 10⁻⁸ · mean(diag G).
/// @throws DataError if the matrix is not finite or not square, OptionError for a λ below 0.
[[nodiscard]] inline DampedCholesky cholesky_with_dampening(const Eigen::MatrixXd& gram, double dampening) {
  if (gram.rows() != gram.cols()) throw DataError("Gram matrix", "it is not square", "Give inputs × inputs");
  if (!gram.allFinite()) {
    throw DataError("Gram matrix", "it is not finite", "Check the weights and the text the activations came from");
  }
  if (!(dampening >= 0)) throw OptionError("dampening", "it is below 0 or no number", "Ask for e.g. a ridge of 0.01");
  DampedCholesky result;
  result.dampening = dampening;
  while (result.attempts < detail::most_cholesky_attempts) {
    if (result.attempts > 0) result.dampening = std::max(10 * result.dampening, 1e-8 * gram.diagonal().mean());
    ++result.attempts;
    result.lower = gram;
    result.lower.diagonal().array() += result.dampening;
    const Eigen::LLT<Eigen::Ref<Eigen::MatrixXd>> in_place(result.lower);
    if (in_place.info() != Eigen::Success) continue;
    result.lower.triangularView<Eigen::StrictlyUpper>().setZero();
    if (result.lower.allFinite()) return result;
  }
  result.clipped = true;
  Eigen::MatrixXd damped = gram;
  damped.diagonal().array() += result.dampening;
  result.lower = Eigen::LLT<Eigen::MatrixXd>(detail::clip_eigenvalues(damped)).matrixL();
  return result;
}

/// λ = ridge · mean(diag G), as OSSCAR damps (arXiv 2403.12983, with 0.01); 1 for a matrix of nothing but zeros.
/// @throws OptionError for a ridge below 0.
[[nodiscard]] inline double dampening_of(const Eigen::MatrixXd& gram, double ridge) {
  if (!(ridge >= 0)) throw OptionError("ridge", "it is below 0 or no number", "Ask for e.g. 0.01");
  const double mean = gram.size() == 0 ? 0.0 : gram.diagonal().mean();
  return mean > 0 ? ridge * mean : 1.0;
}

/// The Cholesky factor of a Gram matrix with λ = ridge · mean(diag G) on its diagonal.
/// @throws DataError, OptionError as above.
[[nodiscard]] inline DampedCholesky damped_cholesky(const Eigen::MatrixXd& gram, double ridge = 0.01) {
  if (!gram.allFinite()) return cholesky_with_dampening(gram, 0);  // which refuses it
  return cholesky_with_dampening(gram, dampening_of(gram, ridge));
}

namespace detail {

/// Columns that one task solves for.
inline constexpr Index inverse_columns = 64;

/// Rows first … n − 1 of the columns first … first + count − 1 of L⁻¹; the rows above are zero.
inline Eigen::MatrixXd inverse_of_lower(const Eigen::MatrixXd& lower, Index first, Index count) {
  const Index rows = lower.rows() - first;
  Eigen::MatrixXd part = Eigen::MatrixXd::Identity(rows, count);
  lower.bottomRightCorner(rows, rows).triangularView<Eigen::Lower>().solveInPlace(part);
  return part;
}

}  // namespace detail

/// (L·Lᵀ)⁻¹, symmetric.
[[nodiscard]] inline Eigen::MatrixXd inverse(const DampedCholesky& factor) {
  const Index size = factor.lower.rows();
  Eigen::MatrixXd inverse(size, size);
  parallel_for((size + detail::inverse_columns - 1) / detail::inverse_columns, [&](Index task) {
    const Index first = task * detail::inverse_columns, count = std::min(detail::inverse_columns, size - first);
    Eigen::MatrixXd part = Eigen::MatrixXd::Zero(size, count);
    part.bottomRows(size - first) = detail::inverse_of_lower(factor.lower, first, count);
    factor.lower.transpose().triangularView<Eigen::Upper>().solveInPlace(part);
    inverse.middleCols(first, count) = part;
  });
  inverse.triangularView<Eigen::StrictlyUpper>() = inverse.transpose();
  return inverse;
}

/// The blocks of width × width on the diagonal of (L·Lᵀ)⁻¹, one below the other: n × width. A quarter of the work of
/// the whole inverse, and nearly none of its memory.
/// @param width  divides n
[[nodiscard]] inline Eigen::MatrixXd inverse_diagonal_blocks(const DampedCholesky& factor, Index width) {
  const Index size = factor.lower.rows(), blocks = size / width;
  const Index blocks_per_task = std::max<Index>(1, detail::inverse_columns / width);
  Eigen::MatrixXd result(size, width);
  parallel_for((blocks + blocks_per_task - 1) / blocks_per_task, [&](Index task) {
    const Index first = task * blocks_per_task, count = std::min(blocks_per_task, blocks - first);
    const Eigen::MatrixXd part = detail::inverse_of_lower(factor.lower, first * width, count * width);
    for (Index block = 0; block < count; ++block) {
      const auto columns = part.middleCols(block * width, width);
      result.middleRows((first + block) * width, width).noalias() = columns.transpose() * columns;
    }
  });
  return result;
}

}  // namespace multipruner
