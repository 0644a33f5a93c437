// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include <multipruner/calibration/covariance.hpp>
#include <multipruner/core/error.hpp>
#include <multipruner/tensor/eigen.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline calibration {

MULTIPRUNER_INLINE Matrix<double> covariance(const Gram& gram, const ColumnMoments& moments) {
  if (gram.columns() != moments.columns() || gram.count() != moments.count() || gram.count() == 0) {
    throw OptionError(
        "covariance",
        "a Gram matrix of " + std::to_string(gram.count()) + " rows and moments of " + std::to_string(moments.count()),
        "Pass statistics of the same activations");
  }
  const Eigen::Map<const Eigen::VectorXd> mean = as_eigen(moments.mean());
  Matrix<double> result(gram.columns(), gram.columns());
  as_eigen(result.view()) = as_eigen(gram.matrix()) / static_cast<double>(gram.count()) - mean * mean.transpose();
  return result;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline calibration
