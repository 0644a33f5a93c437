#pragma once

#include <Eigen/Core>

#include <multipruner/core/parallel.hpp>
#include <multipruner/tensor/weight_view.hpp>

namespace multipruner {

/// A copy of a stored weight in double (rows × columns), for linear algebra on weights of any scalar type.
/// @tparam Target  a matrix of doubles, in either storage order
template <class Target = Eigen::MatrixXd>
[[nodiscard]] Target to_eigen(const WeightView& weight) {
  Target copy(weight.rows, weight.columns);
  weight.visit([&](const auto matrix) {
    parallel_for(matrix.rows, [&](Index row) {
      for (Index column = 0; column < matrix.columns; ++column) {
        copy(row, column) = static_cast<double>(to_float(matrix.row(row)[column]));
      }
    });
  });
  return copy;
}

}  // namespace multipruner
