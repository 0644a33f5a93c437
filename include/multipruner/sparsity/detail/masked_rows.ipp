// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <utility>

#include <multipruner/sparsity/detail/masked_rows.hpp>
#include <multipruner/tensor/times_symmetric.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

MULTIPRUNER_INLINE MaskedRows::MaskedRows(RowMajorMatrix change, RowMajorMatrix gradient, const WeightMask& mask,
                                          Index first, MatrixView<const double> hessian)
    : hessian_(hessian),
      scale_(RowMajorMatrix::Zero(change.rows(), change.cols())),
      change_(std::move(change)),
      gradient_(std::move(gradient)) {
  for (Index row = 0; row < scale_.rows(); ++row) {
    for (Index j = 0; j < scale_.cols(); ++j) {
      if (!mask.removed(first + row, j) && hessian.row(j)[j] > 0) scale_(row, j) = 1 / hessian.row(j)[j];
    }
  }
  direction_ = -gradient_.cwiseProduct(scale_);
  residual_ = -rowwise_dot(gradient_, direction_);
  first_residual_ = residual_;
}

MULTIPRUNER_INLINE bool MaskedRows::converged(Index row, double share) const {
  return residual_(row) <= share * share * first_residual_(row);
}

MULTIPRUNER_INLINE bool MaskedRows::all_converged(double share) const {
  for (Index row = 0; row < residual_.size(); ++row) {
    if (!converged(row, share)) return false;
  }
  return true;
}

MULTIPRUNER_INLINE bool MaskedRows::iterate(double share) {
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

MULTIPRUNER_INLINE Eigen::VectorXd MaskedRows::rowwise_dot(const RowMajorMatrix& a, const RowMajorMatrix& b) {
  Eigen::VectorXd dots(a.rows());
  for (Index row = 0; row < a.rows(); ++row) dots(row) = a.row(row).dot(b.row(row));
  return dots;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
