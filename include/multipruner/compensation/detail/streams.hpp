#pragma once

#include <algorithm>
#include <vector>

#include <multipruner/core/parallel.hpp>
#include <multipruner/forward/observer.hpp>
#include <multipruner/simd/copy.hpp>
#include <multipruner/tensor/matrix.hpp>

namespace multipruner::detail {

/// What one stream lacks to be another: target − stream, of rows that correspond.
[[nodiscard]] inline Matrix<float> difference(MatrixView<const float> target, MatrixView<const float> stream) {
  Matrix<float> result(stream.rows, stream.columns);
  parallel_for(stream.rows, [&](Index row) {
    std::transform(target.row(row), target.row(row) + stream.columns, stream.row(row), result.view().row(row),
                   [](float a, float b) { return a - b; });
  });
  return result;
}

/// Adds Σ ‖a − b‖² of all rows to a sum, in their order: parts of a stream one after the other give the bits of the
/// whole.
inline void add_squared_distance(MatrixView<const float> a, MatrixView<const float> b, double& sum) {
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

/// Keeps the inputs of a block's output matrix, of the rows that ran last.
class InputCapture {
 public:
  void operator()(BlockId, Signal signal, MatrixView<const float> rows) {
    if (signal == Signal::output_input) simd::copy(rows, inputs_);
  }

  [[nodiscard]] MatrixView<const float> rows() const { return inputs_.view(); }

 private:
  Matrix<float> inputs_;
};

}  // namespace multipruner::detail
