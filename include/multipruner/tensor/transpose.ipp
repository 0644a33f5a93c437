// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstring>
#include <string>

#include <multipruner/core/error.hpp>
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

MULTIPRUNER_INLINE void transpose_columns(const WeightView& source, Index first, Index count,
                                          std::span<std::byte> target, Index row_bytes) {
  require_view(source, "transpose_columns", "the source");
  const Index size = size_of(source.dtype);
  const Index needed = count > 0 ? (count - 1) * row_bytes + source.rows * size : 0;
  if (first < 0 || count < 0 || first > source.columns - count || row_bytes < source.rows * size ||
      needed > static_cast<Index>(target.size())) {
    throw OptionError("transpose_columns",
                      "columns " + std::to_string(first) + " to " + std::to_string(first + count) + " of " +
                          std::to_string(source.columns) + " do not fit " + std::to_string(target.size()) + " bytes",
                      "Give columns of the source, and room for as many rows of " + std::to_string(source.rows));
  }
  for (Index row = 0; row < source.rows; ++row) {
    const auto* from = static_cast<const std::byte*>(source.data) + (row * source.stride + first) * size;
    for (Index i = 0; i < count; ++i) {
      std::memcpy(target.data() + i * row_bytes + row * size, from + i * size, static_cast<std::size_t>(size));
    }
  }
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
