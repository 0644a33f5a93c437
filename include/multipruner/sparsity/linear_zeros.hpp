// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/graph/tensor_role.hpp>
#include <multipruner/plan/model_view.hpp>
#include <multipruner/sparsity/sparsity_pattern.hpp>
#include <multipruner/sparsity/weight_mask.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline sparse {

/// The zeros of all linears of one kind.
struct LinearZeros {
  TensorRole role{};
  Index layers = 0, weights = 0, zeros = 0;
  std::optional<NOfM> pattern{};  ///< that all of them have

  /// Percent of the weights that are zero.
  [[nodiscard]] double share() const;

  friend bool operator==(const LinearZeros&, const LinearZeros&) = default;
};

/// Whether some rows, spread over a matrix, have more zeros than chance gives: cheap for matrices that lie in files.
[[nodiscard]] bool may_have_mask(const WeightView& weight);

/// The zeros of a stored weight where they are a mask. Of other weights only some rows are read.
[[nodiscard]] std::optional<WeightMask> mask_of(const WeightView& weight);

/// Whether a linear of an attention or MLP block has a mask. Reads some rows of each, and all of those that seem to.
[[nodiscard]] bool has_weight_mask(const ModelView& view);

/// Counts the zeros of all linears that a view leaves, by kind, in the order of the residual stream.
[[nodiscard]] std::vector<LinearZeros> linear_zeros(const ModelView& view);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline sparse

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/sparsity/linear_zeros.ipp>
#endif
