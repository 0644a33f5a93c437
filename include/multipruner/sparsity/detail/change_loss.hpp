#pragma once

#include <Eigen/Core>

#include <multipruner/tensor/products.hpp>

namespace multipruner::detail {

/// ½ δHδᵀ of one row by its definition; n² multiplications.
[[nodiscard]] inline double change_loss(const Eigen::RowVectorXd& change, const Eigen::MatrixXd& hessian) {
  return 0.5 * times_symmetric(change, hessian).dot(change);
}

}  // namespace multipruner::detail
