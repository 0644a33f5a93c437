#pragma once

#include <Eigen/Core>

#include <multipruner/tensor/products.hpp>

namespace multipruner::detail {

/// ½ δHδᵀ of one row by its definition; n² multiplications.
[[nodiscard]] inline double change_loss(const Eigen::RowVectorXd& change, const Eigen::MatrixXd& hessian) {
  Eigen::RowVectorXd gradient = Eigen::RowVectorXd::Zero(change.size());
  add_product(stored_rows(gradient), 1, stored_rows(change), stored_rows(hessian));
  return 0.5 * gradient.dot(change);
}

}  // namespace multipruner::detail
