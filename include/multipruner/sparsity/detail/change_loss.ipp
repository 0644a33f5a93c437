// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/sparsity/detail/change_loss.hpp>
#include <multipruner/tensor/times_symmetric.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

MULTIPRUNER_INLINE double change_loss(const double* before, const double* after, MatrixView<const double> hessian) {
  using Row = Eigen::Map<const Eigen::RowVectorXd>;
  const Eigen::RowVectorXd change = Row(after, hessian.rows) - Row(before, hessian.rows);
  return 0.5 * times_symmetric(change, hessian).dot(change);
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
