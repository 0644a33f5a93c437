// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/sparsity/linear_problem.hpp>
#include <multipruner/sparsity/weight_mask.hpp>
#include <multipruner/sparsity/weight_matrix.hpp>
#include <multipruner/tensor/damping_outcome.hpp>
#include <multipruner/tensor/matrix.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline sparse {

/// The Hessian of a linear layer's squared output error, made positive definite, with a factor of its inverse
/// (arXiv 2301.00774, released code; arXiv 2410.15567, section on damping).
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
  DampedHessian(const LinearProblem& problem, double damping);

  [[nodiscard]] Index size() const { return matrix_.rows(); }

  /// H with its damping, n × n.
  [[nodiscard]] MatrixView<const double> matrix() const { return matrix_.view(); }

  /// U, upper triangular, n × n, with H⁻¹ = UᵀU. The inverse of H without its first j rows and columns is the same
  /// product of U without those.
  [[nodiscard]] MatrixView<const double> inverse_factor() const { return inverse_factor_.view(); }

  /// H⁻¹, computed at every call with n³/6 multiplications and additions.
  [[nodiscard]] Matrix<double> inverse() const;

  /// Rows and columns [first, first + count) of H⁻¹; n · count² multiplications. @throws OptionError where it has not
  /// got them.
  [[nodiscard]] Matrix<double> inverse_block(Index first, Index count) const;

  /// The diagonal of H⁻¹; n²/2 multiplications.
  [[nodiscard]] std::vector<double> inverse_diagonal() const;

  [[nodiscard]] const std::vector<Index>& dead_inputs() const { return dead_inputs_; }
  [[nodiscard]] const DampingOutcome& damping() const { return outcome_; }

 private:
  /// Columns [first, first + count) of U down to its diagonal, each in a row.
  [[nodiscard]] Matrix<double> transposed_columns(Index first, Index count) const;

  static constexpr double first_increase = 1e-6;        // of a damping of 0
  static constexpr double smallest_eigenvalue = 1e-10;  // of a bound of the largest one, after clipping

  void make_positive_definite(double damping);

  void add_to_diagonal(double relative);

  /// With J reversing an order and JHJ = LLᵀ, the upper triangular U = J L⁻¹ J has UᵀU = H⁻¹: no inverse is formed.
  [[nodiscard]] bool factor();

  Matrix<double> matrix_, inverse_factor_;
  std::vector<Index> dead_inputs_;
  double mean_ = 1;
  DampingOutcome outcome_;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline sparse

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// @throws OptionError unless a Hessian is of the inputs of the weights.
void require_hessian(MatrixView<const double> weights, const DampedHessian& hessian);

/// The same, and of a mask, for what makes up for removed weights.
void require_operands(MatrixView<const double> weights, const WeightMask& mask, const DampedHessian& hessian);

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline sparse {

/// The weights of a problem as they are pruned: those of dead inputs are zero.
/// @throws DataError naming the problem, for weights that are not finite or do not fit the Hessian.
[[nodiscard]] WeightMatrix live_weights(const LinearProblem& problem, const DampedHessian& hessian);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline sparse

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/sparsity/damped_hessian.ipp>
#endif
