#pragma once

#include <string>

#include <multipruner/calibration/covariance.hpp>
#include <multipruner/core/error.hpp>

namespace multipruner::inline MULTIPRUNER_ABI {

MULTIPRUNER_INLINE Eigen::MatrixXd covariance(const Gram& gram, const ColumnMoments& moments) {
  if (gram.columns() != moments.columns() || gram.count() != moments.count() || gram.count() == 0) {
    throw OptionError(
        "covariance",
        "a Gram matrix of " + std::to_string(gram.count()) + " rows and moments of " + std::to_string(moments.count()),
        "Pass statistics of the same activations");
  }
  const Eigen::Map<const Eigen::VectorXd> mean(moments.mean().data(), moments.columns());
  return gram.matrix() / static_cast<double>(gram.count()) - mean * mean.transpose();
}

}  // namespace multipruner::inline MULTIPRUNER_ABI
