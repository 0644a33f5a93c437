#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <utility>

#include <multipruner/sparsity/damped_hessian.hpp>
#include <multipruner/sparsity/detail/cholesky.hpp>
#include <multipruner/sparsity/detail/require_problem.hpp>
#include <multipruner/sparsity/detail/tiles.hpp>
#include <multipruner/tensor/products.hpp>
#include <multipruner/tensor/raise_eigenvalues.hpp>
#include <multipruner/tensor/require_view.hpp>
#include <multipruner/tensor/transpose.hpp>

namespace multipruner::inline MULTIPRUNER_ABI {

MULTIPRUNER_INLINE DampedHessian::DampedHessian(const LinearProblem& problem, double damping) {
  if (!(damping >= 0) || !std::isfinite(damping)) {
    throw OptionError("damping", "is " + std::to_string(damping), "Give a small number that is not negative, as 0.01");
  }
  detail::require_gram(problem);
  matrix_ = problem.gram * (2.0 / static_cast<double>(problem.sequences));
  for (Index j = 0; j < size(); ++j) {
    if (matrix_(j, j) != 0) continue;
    matrix_(j, j) = 1;
    dead_inputs_.push_back(j);
  }
  mean_ = size() == 0 ? 1 : matrix_.diagonal().mean();
  make_positive_definite(damping);
}

MULTIPRUNER_INLINE Eigen::MatrixXd DampedHessian::inverse() const {
  Eigen::MatrixXd inverse = Eigen::MatrixXd::Zero(size(), size());
  detail::for_each_tile(size(), [&](Index first, Index count) {
    const auto rows = stored_rows(inverse).row_range(first, count).column_range(first, size() - first);
    const auto right = stored_rows(inverse_factor_).row_range(0, first + count).column_range(first, size() - first);
    add_product(rows, 1, transposed_columns(first, count).view(), right);
  });
  mirror_upper_triangle(stored_rows(inverse));
  return inverse;
}

MULTIPRUNER_INLINE Eigen::MatrixXd DampedHessian::inverse_block(Index first, Index count) const {
  require_range(first, count, size(), "Hessian", "rows");
  const Matrix<double> columns = transposed_columns(first, count);
  Eigen::MatrixXd block = Eigen::MatrixXd::Zero(count, count);
  add_product_of_rows(stored_rows(block), 1, columns.view(), columns.view());
  return block;
}

MULTIPRUNER_INLINE Eigen::VectorXd DampedHessian::inverse_diagonal() const {
  Eigen::VectorXd diagonal(size());
  detail::for_each_tile(size(), [&](Index first, Index count) {
    const Matrix<double> columns = transposed_columns(first, count);
    for (Index i = 0; i < count; ++i) {
      diagonal(first + i) = Eigen::Map<const Eigen::VectorXd>(columns.view().row(i), first + count).squaredNorm();
    }
  });
  return diagonal;
}

MULTIPRUNER_INLINE Matrix<double> DampedHessian::transposed_columns(Index first, Index count) const {
  return transposed(stored_rows(inverse_factor_).row_range(0, first + count).column_range(first, count));
}

MULTIPRUNER_INLINE void DampedHessian::make_positive_definite(double damping) {
  outcome_.relative = damping;
  add_to_diagonal(damping);
  while (!factor()) {
    if (outcome_.increases == max_increases) return clip_eigenvalues();
    const double increased = outcome_.relative > 0 ? 10 * outcome_.relative : first_increase;
    add_to_diagonal(increased - outcome_.relative);
    outcome_.relative = increased;
    ++outcome_.increases;
  }
}

MULTIPRUNER_INLINE void DampedHessian::add_to_diagonal(double relative) {
  matrix_.diagonal().array() += relative * mean_;
  outcome_.absolute += relative * mean_;
}

MULTIPRUNER_INLINE bool DampedHessian::factor() {
  Eigen::MatrixXd reversed = matrix_.reverse();
  if (!parallel_factor_in_place(stored_rows(reversed))) return false;
  // Pivots this small are rounding errors that happen to be positive.
  const double smallest = static_cast<double>(size()) * std::numeric_limits<double>::epsilon();
  const auto pivots = reversed.diagonal().reverse().array().square();
  if (!(pivots > smallest * matrix_.diagonal().array()).all()) return false;
  inverse_factor_ = detail::reversed_inverse(reversed);
  return true;
}

MULTIPRUNER_INLINE void DampedHessian::clip_eigenvalues() {
  const double largest = row_sum_norm(stored_rows(matrix_));
  raise_eigenvalues(stored_rows(matrix_), std::max(outcome_.absolute, smallest_eigenvalue * largest));
  outcome_.clipped = true;
  if (!factor()) {
    throw DataError("Hessian", "it has no Cholesky factor although its eigenvalues were raised",
                    "Look for a Gram matrix with entries near the largest numbers");
  }
}

}  // namespace multipruner::inline MULTIPRUNER_ABI

namespace multipruner::inline MULTIPRUNER_ABI::detail {

MULTIPRUNER_INLINE void require_hessian(const WeightMatrix& weights, const DampedHessian& hessian) {
  if (hessian.size() == weights.cols()) return;
  throw OptionError(
      "Hessian",
      "it is of " + std::to_string(hessian.size()) + " inputs, and the weights have " + std::to_string(weights.cols()),
      "Prepare it from the Gram matrix of the inputs of these weights");
}

MULTIPRUNER_INLINE void require_operands(const WeightMatrix& weights, const WeightMask& mask,
                                         const DampedHessian& hessian) {
  require_mask(weights, mask);
  require_hessian(weights, hessian);
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI {

MULTIPRUNER_INLINE WeightMatrix live_weights(const LinearProblem& problem, const DampedHessian& hessian) {
  detail::require_weights(problem);
  if (hessian.size() != problem.weights.cols()) {
    throw DataError(
        problem.name,
        "has " + std::to_string(problem.weights.cols()) + " inputs, and the Hessian " + std::to_string(hessian.size()),
        "Prepare the Hessian from the Gram matrix of this layer");
  }
  WeightMatrix weights = problem.weights;
  for (const Index j : hessian.dead_inputs()) weights.col(j).setZero();
  return weights;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI
