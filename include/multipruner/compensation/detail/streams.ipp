// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include <multipruner/blocks/observer.hpp>
#include <multipruner/compensation/detail/streams.hpp>
#include <multipruner/core/parallel.hpp>
#include <multipruner/simd/copy.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

MULTIPRUNER_INLINE Matrix<float> difference(MatrixView<const float> target, MatrixView<const float> stream) {
  Matrix<float> result(stream.rows, stream.columns);
  parallel_for(stream.rows, [&](Index row) {
    std::transform(target.row(row), target.row(row) + stream.columns, stream.row(row), result.view().row(row),
                   [](float a, float b) { return a - b; });
  });
  return result;
}

MULTIPRUNER_INLINE void divide(MatrixView<float> x, double divisor) {
  if (divisor == 1) return;
  for (Index row = 0; row < x.rows; ++row) {
    for (Index i = 0; i < x.columns; ++i)
      x.row(row)[i] = static_cast<float>(static_cast<double>(x.row(row)[i]) / divisor);
  }
}

MULTIPRUNER_INLINE void add_squared_distance(MatrixView<const float> a, MatrixView<const float> b, double& sum) {
  std::vector<double> of_row(static_cast<std::size_t>(a.rows));
  parallel_for(a.rows, [&](Index row) {
    double& squares = of_row[static_cast<std::size_t>(row)];
    for (Index i = 0; i < a.columns; ++i) {
      const double difference = static_cast<double>(a.row(row)[i]) - static_cast<double>(b.row(row)[i]);
      squares += difference * difference;
    }
  });
  for (const double squares : of_row) sum += squares;
}

MULTIPRUNER_INLINE void InputCapture::operator()(BlockId, Signal signal, MatrixView<const float> rows) {
  if (signal == input_) simd::copy(rows, inputs_);
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
