// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include <multipruner/core/error.hpp>
#include <multipruner/sparsity/detail/require_problem.hpp>
#include <multipruner/tensor/all_finite.hpp>
#include <multipruner/tensor/require_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

[[nodiscard]] inline bool has_negative_diagonal(MatrixView<const double> matrix) {
  for (Index i = 0; i < matrix.rows; ++i) {
    if (matrix.row(i)[i] < 0) return true;
  }
  return false;
}

MULTIPRUNER_INLINE void require_weights(const LinearProblem& problem) {
  require_view(problem.weights, problem.name.c_str(), "the weight");
  if (problem.weights.columns != problem.gram.rows || problem.gram.rows != problem.gram.columns) {
    throw DataError(problem.name,
                    "weights with " + std::to_string(problem.weights.columns) + " inputs came with a Gram matrix of " +
                        std::to_string(problem.gram.rows) + " × " + std::to_string(problem.gram.columns),
                    "Collect the Gram matrix at the inputs of this layer");
  }
  if (!all_finite(problem.weights)) {
    throw DataError(problem.name, "the weights contain NaN or infinity",
                    "Get the checkpoint again; it was damaged, or its training or conversion went wrong");
  }
}

MULTIPRUNER_INLINE void require_gram(const LinearProblem& problem) {
  require_view(problem.gram, problem.name.c_str(), "the Gram matrix");
  if (problem.gram.rows != problem.gram.columns) {
    throw DataError(
        problem.name,
        "the Gram matrix is " + std::to_string(problem.gram.rows) + " × " + std::to_string(problem.gram.columns),
        "Collect the Gram matrix at the inputs of this layer");
  }
  const char* const remedy = "Look for the calibration text or the block in front of this layer that causes it";
  if (!all_finite(problem.gram)) {
    throw DataError(problem.name, "the Gram matrix of the inputs contains NaN or infinity", remedy);
  }
  if (has_negative_diagonal(problem.gram)) {
    throw DataError(problem.name,
                    "the Gram matrix of the inputs has a negative diagonal entry, which sums of squares cannot be",
                    remedy);
  }
  if (problem.sequences < 1) {
    throw DataError(problem.name, "the Gram matrix is over " + std::to_string(problem.sequences) + " sequences",
                    "Calibrate with at least one sequence");
  }
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
