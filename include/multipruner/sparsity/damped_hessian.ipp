// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <string>
#include <utility>

#include <multipruner/sparsity/damped_hessian.hpp>
#include <multipruner/sparsity/detail/factor_above.hpp>
#include <multipruner/sparsity/detail/require_problem.hpp>
#include <multipruner/sparsity/detail/tiles.hpp>
#include <multipruner/tensor/cholesky.hpp>
#include <multipruner/tensor/detail/factor_damped.hpp>
#include <multipruner/tensor/diagonal.hpp>
#include <multipruner/tensor/dot.hpp>
#include <multipruner/tensor/eigen.hpp>
#include <multipruner/tensor/products.hpp>
#include <multipruner/tensor/raise_eigenvalues.hpp>
#include <multipruner/tensor/require_view.hpp>
#include <multipruner/tensor/transpose.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline sparse {

MULTIPRUNER_INLINE DampedHessian::DampedHessian(const LinearProblem& problem, double damping) {
  if (!(damping >= 0) || !std::isfinite(damping)) {
    throw OptionError("damping", "is " + std::to_string(damping),
                      "Give a small number that is not negative, e.g. 0.01");
  }
  detail::require_gram(problem);
  matrix_ = Matrix<double>(problem.gram.rows, problem.gram.columns);
  as_eigen(matrix_.view()) = as_eigen(problem.gram) * (2.0 / static_cast<double>(problem.sequences));
  for (Index j = 0; j < size(); ++j) {
    double& entry = matrix_.view().row(j)[j];
    if (entry != 0) continue;
    entry = 1;
    dead_inputs_.push_back(j);
  }
  mean_ = size() == 0 ? 1 : mean_of_diagonal(matrix());
  make_positive_definite(damping);
}

MULTIPRUNER_INLINE Matrix<double> DampedHessian::inverse() const {
  Matrix<double> inverse = zero_matrix(size(), size());
  detail::for_each_tile(size(), [&](Index first, Index count) {
    const auto rows = inverse.view().row_range(first, count).column_range(first, size() - first);
    const auto right = inverse_factor().row_range(0, first + count).column_range(first, size() - first);
    add_product(rows, 1, transposed_columns(first, count).view(), right);
  });
  mirror_upper_triangle(inverse.view());
  return inverse;
}

MULTIPRUNER_INLINE Matrix<double> DampedHessian::inverse_block(Index first, Index count) const {
  require_range(first, count, size(), "Hessian", "rows");
  const Matrix<double> columns = transposed_columns(first, count);
  return product_of_rows(columns.view(), columns.view());
}

MULTIPRUNER_INLINE std::vector<double> DampedHessian::inverse_diagonal() const {
  std::vector<double> diagonal(static_cast<std::size_t>(size()));
  detail::for_each_tile(size(), [&](Index first, Index count) {
    const Matrix<double> columns = transposed_columns(first, count);
    for (Index i = 0; i < count; ++i) {
      diagonal[static_cast<std::size_t>(first + i)] = squared_norm(columns.view().row(i), first + count);
    }
  });
  return diagonal;
}

MULTIPRUNER_INLINE Matrix<double> DampedHessian::transposed_columns(Index first, Index count) const {
  return transposed(inverse_factor().row_range(0, first + count).column_range(first, count));
}

MULTIPRUNER_INLINE void DampedHessian::make_positive_definite(double damping) {
  outcome_.relative = damping;
  add_to_diagonal(damping);
  const auto increase = [&] {
    const double increased = outcome_.relative > 0 ? 10 * outcome_.relative : first_increase;
    add_to_diagonal(increased - outcome_.relative);
    outcome_.relative = increased;
  };
  const auto clip = [&] {
    const double largest = row_sum_norm(matrix_.view());
    raise_eigenvalues(matrix_.view(), std::max(outcome_.absolute, smallest_eigenvalue * largest));
    return factor();
  };
  detail::factor_damped(
      outcome_, "Hessian", [&] { return factor(); }, increase, clip);
}

MULTIPRUNER_INLINE void DampedHessian::add_to_diagonal(double relative) {
  multipruner::add_to_diagonal(matrix_.view(), relative * mean_);
  outcome_.absolute += relative * mean_;
}

MULTIPRUNER_INLINE bool DampedHessian::factor() {
  Matrix<double> reversed(size(), size());
  as_eigen(reversed.view()) = as_eigen(matrix()).reverse();
  if (!parallel_factor_in_place(reversed.view())) return false;
  // Pivots this small are rounding errors that happen to be positive.
  const double smallest = static_cast<double>(size()) * std::numeric_limits<double>::epsilon();
  const Eigen::ArrayXd roots = as_eigen(reversed.view()).diagonal().reverse();
  if (!(roots.square() > smallest * as_eigen(matrix()).diagonal().array()).all()) return false;
  inverse_factor_ = detail::reversed_inverse(reversed.view());
  return true;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline sparse

namespace multipruner::inline MULTIPRUNER_ABI::detail {

MULTIPRUNER_INLINE void require_hessian(MatrixView<const double> weights, const DampedHessian& hessian) {
  require_view(weights, "Hessian", "the weight");
  if (hessian.size() == weights.columns) return;
  throw OptionError(
      "Hessian",
      "it is of " + std::to_string(hessian.size()) + " inputs, and the weights have " + std::to_string(weights.columns),
      "Prepare it from the Gram matrix of the inputs of these weights");
}

MULTIPRUNER_INLINE void require_operands(MatrixView<const double> weights, const WeightMask& mask,
                                         const DampedHessian& hessian) {
  require_mask(weights, mask);
  require_hessian(weights, hessian);
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline sparse {

MULTIPRUNER_INLINE WeightMatrix live_weights(const LinearProblem& problem, const DampedHessian& hessian) {
  detail::require_weights(problem);
  if (hessian.size() != problem.weights.columns) {
    throw DataError(
        problem.name,
        "has " + std::to_string(problem.weights.columns) + " inputs, and the Hessian " + std::to_string(hessian.size()),
        "Prepare the Hessian from the Gram matrix of this layer");
  }
  WeightMatrix weights = copied(problem.weights);
  for (const Index j : hessian.dead_inputs()) as_eigen(weights.view()).col(j).setZero();
  return weights;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline sparse
