#pragma once

#include <Eigen/Core>

#include <multipruner/tensor/eigen.hpp>

namespace multipruner {

/// The weight of a linear layer (out × in) for computing with: row-major, so that the weights of an output lie
/// together.
using WeightMatrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// A stored weight in double precision, exactly.
[[nodiscard]] inline WeightMatrix to_weight_matrix(const WeightView& weight) {
  return to_eigen<WeightMatrix>(weight);
}

}  // namespace multipruner
