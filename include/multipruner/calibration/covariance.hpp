#pragma once

#include <string>

#include <Eigen/Core>

#include <multipruner/calibration/column_moments.hpp>
#include <multipruner/calibration/gram.hpp>
#include <multipruner/core/error.hpp>

namespace multipruner {

/// The covariance of the inputs, G / N − μ μᵀ over N rows: what takes the place of the Gram matrix in a fit with a
/// bias.
/// @throws OptionError where the two are not of the same rows and columns.
[[nodiscard]] inline Eigen::MatrixXd covariance(const Gram& gram, const ColumnMoments& moments) {
  if (gram.columns() != moments.columns() || gram.count() != moments.count() || gram.count() == 0) {
    throw OptionError(
        "covariance",
        "a Gram matrix of " + std::to_string(gram.count()) + " rows and moments of " + std::to_string(moments.count()),
        "Pass statistics of the same activations");
  }
  const Eigen::Map<const Eigen::VectorXd> mean(moments.mean().data(), moments.columns());
  return gram.matrix() / static_cast<double>(gram.count()) - mean * mean.transpose();
}

}  // namespace multipruner
