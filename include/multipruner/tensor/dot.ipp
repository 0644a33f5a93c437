// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/tensor/dot.hpp>
#include <multipruner/tensor/eigen.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline tensor {

MULTIPRUNER_INLINE double dot(const double* a, const double* b, Index count) {
  return Eigen::Map<const Eigen::VectorXd>(a, count).dot(Eigen::Map<const Eigen::VectorXd>(b, count));
}

MULTIPRUNER_INLINE double squared_norm(const double* values, Index count) {
  return Eigen::Map<const Eigen::VectorXd>(values, count).squaredNorm();
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline tensor
