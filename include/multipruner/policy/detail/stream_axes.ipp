// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <numbers>

#include <Eigen/Eigenvalues>
#include <Eigen/QR>

#include <multipruner/core/parallel.hpp>
#include <multipruner/policy/detail/stream_axes.hpp>
#include <multipruner/tensor/eigen.hpp>
#include <multipruner/tensor/products.hpp>
#include <multipruner/tensor/transpose.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

MULTIPRUNER_INLINE Matrix<double> second_moment(MatrixView<const float> stream) {
  constexpr Index rows_at_once = 512, channels_per_task = 64;
  const Index channels = stream.columns, tasks = (channels + channels_per_task - 1) / channels_per_task;
  Matrix<double> sum = zero_matrix(channels, channels), by_channel;
  for (Index first_row = 0; first_row < stream.rows; first_row += rows_at_once) {
    const Index rows = std::min(rows_at_once, stream.rows - first_row);
    const MatrixView<double> x = by_channel.resize(channels, rows);
    parallel_for(channels, [&](Index channel) {
      for (Index row = 0; row < rows; ++row) x.row(channel)[row] = stream.row(first_row + row)[channel];
    });
    parallel_for(tasks, [&](Index task) {
      const Index first = task * channels_per_task, count = std::min(channels_per_task, channels - first);
      const MatrixView<double> target = sum.view().row_range(first, count).column_range(first, channels - first);
      add_product_of_rows(target, 1, x.row_range(first, count), x.row_range(first, channels - first));
    });
  }
  mirror_upper_triangle(sum.view());
  return sum;
}

MULTIPRUNER_INLINE Matrix<double> principal_axes(MatrixView<const double> moment, double damping) {
  const Index size = moment.rows;
  Eigen::MatrixXd damped = as_eigen(moment);
  damped.diagonal().array() += damping * damped.diagonal().mean();
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(damped);
  Matrix<double> axes(size, size);
  for (Index i = 0; i < size; ++i) {
    const double* const vector = solver.eigenvectors().col(size - 1 - i).data();  // ascending there
    const double* const largest =
        std::max_element(vector, vector + size, [](double a, double b) { return std::abs(a) < std::abs(b); });
    const double sign = *largest < 0 ? -1 : 1;
    std::transform(vector, vector + size, axes.view().row(i), [&](double entry) { return sign * entry; });
  }
  return axes;
}

MULTIPRUNER_INLINE Matrix<double> random_orthogonal(Index size, NumpyRandom& random) {
  Eigen::MatrixXd normal(size, size);
  for (double& entry : normal.reshaped()) {
    const double radius = std::sqrt(-2 * std::log(1 - random.uniform()));  // Box and Muller; 1 − u is above 0
    entry = radius * std::cos(2 * std::numbers::pi * random.uniform());
  }
  const Eigen::HouseholderQR<Eigen::MatrixXd> decomposition(normal);
  const Eigen::MatrixXd orthogonal = decomposition.householderQ();
  Matrix<double> result(size, size);
  for (Index column = 0; column < size; ++column) {
    const double sign = decomposition.matrixQR()(column, column) < 0 ? -1 : 1;
    for (Index row = 0; row < size; ++row) result.view().row(row)[column] = sign * orthogonal(row, column);
  }
  return result;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
