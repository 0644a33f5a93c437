#pragma once

#include <Eigen/Core>

#include <multipruner/core/parallel.hpp>
#include <multipruner/tensor/weight_view.hpp>

namespace multipruner {

/// The weight of a linear layer (out × in) for computing with: row-major, so that the weights of an output lie
/// together.
using WeightMatrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// A stored weight in double precision, exactly.
[[nodiscard]] inline WeightMatrix to_weight_matrix(const WeightView& weight) {
  WeightMatrix matrix(weight.rows, weight.columns);
  weight.visit([&](const auto stored) {
    parallel_for(stored.rows, [&](Index row) {
      for (Index i = 0; i < stored.columns; ++i) matrix(row, i) = static_cast<double>(to_float(stored.row(row)[i]));
    });
  });
  return matrix;
}

}  // namespace multipruner
