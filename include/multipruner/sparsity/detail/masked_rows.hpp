// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/core/linkage.hpp>
#include <multipruner/sparsity/weight_mask.hpp>
#include <multipruner/tensor/eigen.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// Conjugate gradients on several rows δ, each for itself: towards the least ½ δHδᵀ − δcᵀ over the entries that a mask
/// keeps in that row; the others stay as they are. Preconditioned with the diagonal of H. Every step lowers the cost of
/// a row. The rows share the products with H.
class MaskedRows {
 public:
  /// @param change  δ to begin with
  /// @param gradient  δH − c
  /// @param mask  whose row `first` belongs to the first of these rows
  /// @param hessian  H, symmetric; its memory must outlive this
  MaskedRows(RowMajorMatrix change, RowMajorMatrix gradient, const WeightMask& mask, Index first,
             MatrixView<const double> hessian);

  /// Whether the preconditioned residual of a row is down to that share of the first one.
  [[nodiscard]] bool converged(Index row, double share) const;
  [[nodiscard]] bool all_converged(double share) const;

  /// One step of every row that has not converged.
  /// @returns false where none moved: what is left of them lies where H is zero
  bool iterate(double share);

  [[nodiscard]] const RowMajorMatrix& change() const { return change_; }

  /// ½ δHδᵀ − δcᵀ of every row, where c = 0.
  [[nodiscard]] Eigen::VectorXd loss() const { return 0.5 * rowwise_dot(change_, gradient_); }

 private:
  static Eigen::VectorXd rowwise_dot(const RowMajorMatrix& a, const RowMajorMatrix& b);

  MatrixView<const double> hessian_;
  RowMajorMatrix scale_;      // 1 / H_jj for kept weights, 0 for removed ones, which do not move
  RowMajorMatrix change_;     // δ
  RowMajorMatrix gradient_;   // δH − c
  RowMajorMatrix direction_;  // conjugate to those before
  RowMajorMatrix product_;
  Eigen::VectorXd residual_, first_residual_;  // squares, in the norm of the preconditioner
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/sparsity/detail/masked_rows.ipp>
#endif
