// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>

#include <multipruner/core/parallel.hpp>
#include <multipruner/tensor/require_view.hpp>
#include <multipruner/tensor/transpose.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline tensor {

MULTIPRUNER_INLINE void transpose(MatrixView<const double> source, MatrixView<double> target) {
  require_view(source, "transpose", "the source");
  require_shape(target, source.columns, source.rows, "transpose", "the target");
  constexpr Index step = 16;  // squares of both that stay in the cache
  for (Index first = 0; first < source.rows; first += step) {
    const Index count = std::min(step, source.rows - first);
    for (Index column = 0; column < source.columns; ++column) {
      double* const row = target.row(column) + first;
      for (Index i = 0; i < count; ++i) row[i] = source.row(first + i)[column];
    }
  }
}

MULTIPRUNER_INLINE Matrix<double> transposed(MatrixView<const double> source) {
  Matrix<double> target(source.columns, source.rows);
  transpose(source, target.view());
  return target;
}

MULTIPRUNER_INLINE void mirror_upper_triangle(MatrixView<double> matrix) {
  require_shape(matrix, matrix.rows, matrix.rows, "mirror_upper_triangle", "the matrix");
  constexpr Index step = 64;  // squares of both triangles that stay in the cache
  parallel_for((matrix.rows + step - 1) / step, [&](Index task) {
    for (Index block = 0; block <= task; ++block) {
      for (Index row = task * step; row < std::min(matrix.rows, (task + 1) * step); ++row) {
        const Index end = std::min(row, (block + 1) * step);
        for (Index column = block * step; column < end; ++column) matrix.row(row)[column] = matrix.row(column)[row];
      }
    }
  });
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline tensor
