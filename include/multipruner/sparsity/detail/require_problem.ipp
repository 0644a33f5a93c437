#pragma once

#include <atomic>
#include <cstring>
#include <string>

#include <multipruner/core/error.hpp>
#include <multipruner/core/parallel.hpp>
#include <multipruner/sparsity/detail/require_problem.hpp>
#include <multipruner/tensor/products.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// Whether all entries of a matrix are finite; in parallel over its rows.
[[nodiscard]] inline bool all_finite(MatrixView<const double> matrix) {
  std::atomic<bool> finite{true};
  parallel_for(matrix.rows, [&](Index row) {
    const Eigen::Map<const Eigen::VectorXd> entries(matrix.row(row), matrix.columns);
    if (!entries.allFinite()) finite.store(false, std::memory_order_relaxed);
  });
  return finite;
}

MULTIPRUNER_INLINE void require_weights(const LinearProblem& problem) {
  if (problem.weights.cols() != problem.gram.rows() || problem.gram.rows() != problem.gram.cols()) {
    throw DataError(problem.name,
                    "weights with " + std::to_string(problem.weights.cols()) + " inputs came with a Gram matrix of " +
                        std::to_string(problem.gram.rows()) + " × " + std::to_string(problem.gram.cols()),
                    "Collect the Gram matrix at the inputs of this layer");
  }
  if (!all_finite(stored_rows(problem.weights))) {
    throw DataError(problem.name, "the weights contain NaN or infinity",
                    "Get the checkpoint again; it was damaged, or its training or conversion went wrong");
  }
}

MULTIPRUNER_INLINE void require_gram(const LinearProblem& problem) {
  if (problem.gram.rows() != problem.gram.cols()) {
    throw DataError(
        problem.name,
        "the Gram matrix is " + std::to_string(problem.gram.rows()) + " × " + std::to_string(problem.gram.cols()),
        "Collect the Gram matrix at the inputs of this layer");
  }
  const char* const remedy = "Look for the calibration text or the block in front of this layer that causes it";
  if (!all_finite(stored_rows(problem.gram))) {
    throw DataError(problem.name, "the Gram matrix of the inputs contains NaN or infinity", remedy);
  }
  if ((problem.gram.diagonal().array() < 0).any()) {
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
