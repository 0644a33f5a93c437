#pragma once

#include <algorithm>
#include <utility>

#include <Eigen/Core>

#include <multipruner/sparsity/weight_mask.hpp>
#include <multipruner/sparsity/weight_matrix.hpp>
#include <multipruner/tensor/products.hpp>

namespace multipruner::detail {

/// Conjugate gradients on several rows δ, each for itself: towards the least ½ δHδᵀ − δcᵀ over the entries that a mask
/// keeps in that row; the others stay as they are. Preconditioned with the diagonal of H. Every step lowers the cost of
/// a row. The rows share the products with H.
class MaskedRows {
 public:
  /// @param change  δ to begin with
  /// @param gradient  δH − c
  /// @param mask  whose row `first` belongs to the first of these rows
  /// @param hessian  H, symmetric; must outlive this
  MaskedRows(WeightMatrix change, WeightMatrix gradient, const WeightMask& mask, Index first,
             const Eigen::MatrixXd& hessian)
      : hessian_(hessian),
        scale_(WeightMatrix::Zero(change.rows(), change.cols())),
        change_(std::move(change)),
        gradient_(std::move(gradient)) {
    for (Index row = 0; row < scale_.rows(); ++row) {
      for (Index j = 0; j < scale_.cols(); ++j) {
        if (!mask.removed(first + row, j) && hessian(j, j) > 0) scale_(row, j) = 1 / hessian(j, j);
      }
    }
    direction_ = -gradient_.cwiseProduct(scale_);
    residual_ = -rowwise_dot(gradient_, direction_);
    first_residual_ = residual_;
  }

  /// Whether the preconditioned residual of a row is down to that share of the first one.
  [[nodiscard]] bool converged(Index row, double share) const {
    return residual_(row) <= share * share * first_residual_(row);
  }
  [[nodiscard]] bool all_converged(double share) const {
    for (Index row = 0; row < residual_.size(); ++row) {
      if (!converged(row, share)) return false;
    }
    return true;
  }

  /// One step of every row that has not converged.
  /// @returns false where none moved: what is left of them lies where H is zero
  bool iterate(double share) {
    product_ = times_symmetric(direction_, hessian_);
    const Eigen::VectorXd curvature = rowwise_dot(direction_, product_);
    Eigen::VectorXd step = Eigen::VectorXd::Zero(curvature.size());
    for (Index row = 0; row < step.size(); ++row) {
      if (!converged(row, share) && curvature(row) > 0) step(row) = residual_(row) / curvature(row);
    }
    change_ += step.asDiagonal() * direction_;
    gradient_ += step.asDiagonal() * product_;

    product_ = -gradient_.cwiseProduct(scale_);
    const Eigen::VectorXd residual = -rowwise_dot(gradient_, product_);
    for (Index row = 0; row < step.size(); ++row) {
      if (step(row) == 0) continue;
      direction_.row(row) = product_.row(row) + residual(row) / residual_(row) * direction_.row(row);
      residual_(row) = residual(row);
    }
    return (step.array() != 0).any();
  }

  [[nodiscard]] const WeightMatrix& change() const { return change_; }

  /// ½ δHδᵀ − δcᵀ of every row, where c = 0.
  [[nodiscard]] Eigen::VectorXd loss() const { return 0.5 * rowwise_dot(change_, gradient_); }

 private:
  static Eigen::VectorXd rowwise_dot(const WeightMatrix& a, const WeightMatrix& b) {
    Eigen::VectorXd dots(a.rows());
    for (Index row = 0; row < a.rows(); ++row) dots(row) = a.row(row).dot(b.row(row));
    return dots;
  }

  const Eigen::MatrixXd& hessian_;
  WeightMatrix scale_;      // 1 / H_jj for kept weights, 0 for removed ones, which do not move
  WeightMatrix change_;     // δ
  WeightMatrix gradient_;   // δH − c
  WeightMatrix direction_;  // conjugate to those before
  WeightMatrix product_;
  Eigen::VectorXd residual_, first_residual_;  // squares, in the norm of the preconditioner
};

}  // namespace multipruner::detail
