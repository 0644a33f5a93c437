// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>

#include <support/eigen.hpp>

#include <multipruner/core/numpy_random.hpp>
#include <multipruner/sparsity/linear_problem.hpp>

namespace multipruner::test {

inline RowMajor random_matrix(Index rows, Index columns, NumpyRandom& random) {
  return RowMajor::NullaryExpr(rows, columns, [&] { return random.uniform() - 0.5; });
}

/// A random linear layer with correlated inputs of different scales.
struct RandomLayer {
  RandomLayer(Index out, Index in, unsigned seed = 1) : RandomLayer(out, in, 3 * in, seed) {}
  RandomLayer(Index out, Index in, Index tokens, unsigned seed) {
    NumpyRandom random(seed);
    weights = random_matrix(out, in, random);
    RowMajor inputs = random_matrix(in, tokens, random);
    inputs += 0.3 * random_matrix(in, in, random) * inputs;
    for (Index j = 0; j < in; ++j) inputs.row(j) *= std::exp(2 * (random.uniform() - 0.5));
    gram = inputs * inputs.transpose();
  }

  [[nodiscard]] LinearProblem problem() const {
    return {.name = "layer", .weights = stored_rows(weights), .gram = stored_rows(gram)};
  }

  RowMajor weights;
  Eigen::MatrixXd gram;
};

/// The worked example of one row: G = ½ H and w of algorithms.md 8.1.
inline RandomLayer worked_layer() {
  RandomLayer layer(1, 4);
  layer.weights << -4, 4, 2, -1;
  layer.gram << 2, 0, -2, -1, 0, 2, -1, -1, -2, -1, 5, 0, -1, -1, 0, 2;
  return layer;
}

}  // namespace multipruner::test
