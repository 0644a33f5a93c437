// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/types.hpp>
#include <multipruner/graph/tensor_role.hpp>
#include <multipruner/tensor/damping_outcome.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline policy {

/// What became of one linear layer y = Wx whose weights were pruned. Counts and losses are of the weights as they are
/// stored, rounding to their scalar type included.
struct SparsifiedLinear {
  TensorRole role{};
  Index layer = 0;
  std::string name{};  ///< of the tensor in its checkpoint, or a description

  Index weights = 0;  ///< all, zeros included
  Index zeros = 0;

  /// Σ‖Wx − W'x‖² over all calibration tokens, divided by the number of windows; x are the inputs in the model whose
  /// blocks before this one are pruned.
  double output_loss = 0;
  double output_energy = 0;  ///< Σ‖Wx‖², likewise

  DampingOutcome damping{};
  Index dead_inputs = 0;     ///< inputs that were zero for every token
  Index kept_side_rows = 0;  ///< see CompensatedWeights, as are the next two
  Index zeroed_rows = 0;
  Index unconverged_rows = 0;

  /// Percent of the weights that are zero.
  [[nodiscard]] double sparsity() const;

  /// The share of the output that is lost: 0 for the same outputs, 1 for a layer of zeros.
  [[nodiscard]] double relative_loss() const { return output_energy > 0 ? output_loss / output_energy : 0; }
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline policy

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/policy/sparsified_linear.ipp>
#endif
