// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/core/linkage.hpp>
#include <multipruner/graph/block.hpp>
#include <multipruner/graph/signal.hpp>
#include <multipruner/tensor/matrix.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// What one stream lacks to be another: target − stream, of rows that correspond.
[[nodiscard]] Matrix<float> difference(MatrixView<const float> target, MatrixView<const float> stream);

/// x = x / divisor in place.
void divide(MatrixView<float> x, double divisor);

/// Adds Σ ‖a − b‖² of all rows to a sum, in their order: parts of a stream one after the other give the bits of the
/// whole.
void add_squared_distance(MatrixView<const float> a, MatrixView<const float> b, double& sum);

/// Keeps the inputs of an output matrix, of the rows that ran last.
class InputCapture {
 public:
  explicit InputCapture(Signal input) : input_(input) {}

  void operator()(BlockId, Signal signal, MatrixView<const float> rows);

  [[nodiscard]] MatrixView<const float> rows() const { return inputs_.view(); }

 private:
  Signal input_;
  Matrix<float> inputs_;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/compensation/detail/streams.ipp>
#endif
