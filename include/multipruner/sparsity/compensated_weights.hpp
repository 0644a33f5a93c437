// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/types.hpp>
#include <multipruner/sparsity/weight_matrix.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline sparse {

/// Weights after some of them were removed and the others adapted, and what happened on the way.
struct CompensatedWeights {
  WeightMatrix weights;  ///< out × in

  /// ½ δHδᵀ of every row, δ being its change and H the damped Hessian. With 2 XXᵀ for H, that is the squared error of
  /// the output, and what damping adds to it. Empty for methods that do not compute it.
  std::vector<double> row_loss;

  std::vector<Index>
      kept_side_rows;              ///< rows whose system of removed weights could not be solved, but that of kept ones
  std::vector<Index> zeroed_rows;  ///< rows that could not be solved at all, somewhere: removed weights are just zero
  std::vector<Index> unconverged_rows;  ///< rows that an iteration left before it reached its tolerance
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline sparse
