#pragma once

#include <multipruner/core/inline.hpp>
#include <multipruner/sparsity/detail/change_loss.hpp>
#include <multipruner/tensor/products.hpp>

namespace multipruner::detail {

MULTIPRUNER_INLINE double change_loss(const Eigen::RowVectorXd& change, const Eigen::MatrixXd& hessian) {
  return 0.5 * times_symmetric(change, hessian).dot(change);
}

}  // namespace multipruner::detail
