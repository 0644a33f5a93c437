#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <Eigen/Core>

#include <multipruner/sparsity/damping_outcome.hpp>
#include <multipruner/sparsity/detail/cholesky.hpp>
#include <multipruner/sparsity/detail/require_problem.hpp>
#include <multipruner/sparsity/linear_problem.hpp>
#include <multipruner/sparsity/weight_mask.hpp>
#include <multipruner/tensor/raise_eigenvalues.hpp>
#include <multipruner/tensor/require_view.hpp>
#include <multipruner/tensor/transpose.hpp>

namespace multipruner {

/// The Hessian of a linear layer's squared output error, made positive definite, with a factor of its inverse
/// (arXiv 2301.00774, released code; arXiv 2410.15567, section on dampening).
///
/// H = 2/N · G. Dead inputs, those with H_jj = 0, get H_jj = 1. Then γ = damping · mean(diag H) is added to the
/// diagonal. Where the Cholesky factorisation fails, γ is multiplied by 10 (0 becomes 1e-6 of the mean), at most 5
/// times; after that, eigenvalues below γ are raised. What was done is told by `damping()`.
///
/// Costs 2n³/3 multiplications and additions, and holds two n × n matrices; one of them serves all layers with the same
/// inputs. A failed factorisation adds up to n³/3, eigenvalues about 10 n³ on one thread.
class DampedHessian {
 public:
  /// @param problem of which only the Gram matrix is used
  /// @param damping relative to the mean diagonal entry of H
  /// @throws OptionError for a damping that is negative or not finite, DataError for a Gram matrix that cannot be one.
  DampedHessian(const LinearProblem& problem, double damping) {
    if (!(damping >= 0) || !std::isfinite(damping)) {
      throw OptionError("damping", "is " + std::to_string(damping),
                        "Give a small number that is not negative, as 0.01");
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

  [[nodiscard]] Index size() const { return matrix_.rows(); }

  /// H with its damping, n × n.
  [[nodiscard]] const Eigen::MatrixXd& matrix() const { return matrix_; }

  /// U, upper triangular, n × n, with H⁻¹ = UᵀU. The inverse of H without its first j rows and columns is the same
  /// product of U without those.
  [[nodiscard]] const WeightMatrix& inverse_factor() const { return inverse_factor_; }

  /// H⁻¹, computed at every call with n³/6 multiplications and additions.
  [[nodiscard]] Eigen::MatrixXd inverse() const {
    Eigen::MatrixXd inverse = Eigen::MatrixXd::Zero(size(), size());
    detail::for_each_tile(size(), [&](Index first, Index count) {
      const auto rows = stored_rows(inverse).row_range(first, count).column_range(first, size() - first);
      const auto right = stored_rows(inverse_factor_).row_range(0, first + count).column_range(first, size() - first);
      add_product(rows, 1, transposed_columns(first, count).view(), right);
    });
    mirror_upper_triangle(stored_rows(inverse));
    return inverse;
  }

  /// Rows and columns [first, first + count) of H⁻¹; n · count² multiplications. @throws OptionError where it has not
  /// got them.
  [[nodiscard]] Eigen::MatrixXd inverse_block(Index first, Index count) const {
    require_range(first, count, size(), "Hessian", "rows");
    const Matrix<double> columns = transposed_columns(first, count);
    Eigen::MatrixXd block = Eigen::MatrixXd::Zero(count, count);
    add_product_of_rows(stored_rows(block), 1, columns.view(), columns.view());
    return block;
  }

  /// The diagonal of H⁻¹; n²/2 multiplications.
  [[nodiscard]] Eigen::VectorXd inverse_diagonal() const {
    Eigen::VectorXd diagonal(size());
    detail::for_each_tile(size(), [&](Index first, Index count) {
      const Matrix<double> columns = transposed_columns(first, count);
      for (Index i = 0; i < count; ++i) {
        diagonal(first + i) = Eigen::Map<const Eigen::VectorXd>(columns.view().row(i), first + count).squaredNorm();
      }
    });
    return diagonal;
  }

  [[nodiscard]] const std::vector<Index>& dead_inputs() const { return dead_inputs_; }
  [[nodiscard]] const DampingOutcome& damping() const { return outcome_; }

 private:
  /// Columns [first, first + count) of U down to its diagonal, each in a row.
  [[nodiscard]] Matrix<double> transposed_columns(Index first, Index count) const {
    return transposed(stored_rows(inverse_factor_).row_range(0, first + count).column_range(first, count));
  }

  static constexpr int max_increases = 5;
  static constexpr double first_increase = 1e-6;        // of a damping of 0
  static constexpr double smallest_eigenvalue = 1e-10;  // of a bound of the largest one, after clipping

  void make_positive_definite(double damping) {
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

  void add_to_diagonal(double relative) {
    matrix_.diagonal().array() += relative * mean_;
    outcome_.absolute += relative * mean_;
  }

  /// With J reversing an order and JHJ = LLᵀ, the upper triangular U = J L⁻¹ J has UᵀU = H⁻¹: no inverse is formed.
  [[nodiscard]] bool factor() {
    Eigen::MatrixXd reversed = matrix_.reverse();
    if (!parallel_factor_in_place(stored_rows(reversed))) return false;
    // Pivots this small are rounding errors that happen to be positive.
    const double smallest = static_cast<double>(size()) * std::numeric_limits<double>::epsilon();
    const auto pivots = reversed.diagonal().reverse().array().square();
    if (!(pivots > smallest * matrix_.diagonal().array()).all()) return false;
    inverse_factor_ = detail::reversed_inverse(reversed);
    return true;
  }

  void clip_eigenvalues() {
    const double largest = row_sum_norm(stored_rows(matrix_));
    raise_eigenvalues(stored_rows(matrix_), std::max(outcome_.absolute, smallest_eigenvalue * largest));
    outcome_.clipped = true;
    if (!factor()) {
      throw DataError("Hessian", "it has no Cholesky factor although its eigenvalues were raised",
                      "Look for a Gram matrix with entries near the largest numbers");
    }
  }

  Eigen::MatrixXd matrix_;
  WeightMatrix inverse_factor_;
  std::vector<Index> dead_inputs_;
  double mean_ = 1;
  DampingOutcome outcome_;
};

namespace detail {

/// @throws OptionError unless a Hessian is of the inputs of the weights.
inline void require_hessian(const WeightMatrix& weights, const DampedHessian& hessian) {
  if (hessian.size() == weights.cols()) return;
  throw OptionError(
      "Hessian",
      "it is of " + std::to_string(hessian.size()) + " inputs, and the weights have " + std::to_string(weights.cols()),
      "Prepare it from the Gram matrix of the inputs of these weights");
}

/// The same, and of a mask, for what makes up for removed weights.
inline void require_operands(const WeightMatrix& weights, const WeightMask& mask, const DampedHessian& hessian) {
  require_mask(weights, mask);
  require_hessian(weights, hessian);
}

}  // namespace detail

/// The weights of a problem as they are pruned: those of dead inputs are zero.
/// @throws DataError naming the problem, for weights that are not finite or do not fit the Hessian.
[[nodiscard]] inline WeightMatrix live_weights(const LinearProblem& problem, const DampedHessian& hessian) {
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

}  // namespace multipruner
