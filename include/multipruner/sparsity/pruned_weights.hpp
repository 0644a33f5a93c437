// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/sparsity/compensated_weights.hpp>
#include <multipruner/sparsity/weight_mask.hpp>
#include <multipruner/tensor/damping_outcome.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline sparse {

/// A pruned linear layer, and how it came about: what a WeightPruner gives.
struct PrunedWeights : CompensatedWeights {
  WeightMask mask;         ///< the removed weights; they are exactly zero in `weights`
  DampingOutcome damping;  ///< of the Hessian; zero for methods without one
  std::vector<Index>
      dead_inputs;  ///< inputs that were zero for every token; with a Hessian, their weights are set to zero
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline sparse
