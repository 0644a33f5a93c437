#pragma once

#include <multipruner/sparsity/detail/change_loss.hpp>
#include <multipruner/tensor/products.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

MULTIPRUNER_INLINE double change_loss(const Eigen::RowVectorXd& change, const Eigen::MatrixXd& hessian) {
  return 0.5 * times_symmetric(change, hessian).dot(change);
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
