// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>

#include <multipruner/core/linkage.hpp>
#include <multipruner/sparsity/compensated_weights.hpp>
#include <multipruner/sparsity/damped_hessian.hpp>
#include <multipruner/sparsity/weight_mask.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline sparse {

/// A way to make up for removed weights: sets those of the mask to exactly zero, and adapts the others of the same row.
/// The same bits with any number of threads; a row that cannot be solved is reported in the result, not thrown.
template <class T>
concept WeightCompensation = requires(const T& compensation, MatrixView<const double> weights, const WeightMask& mask,
                                      const DampedHessian& hessian) {
  { compensation(weights, mask, hessian) } -> std::same_as<CompensatedWeights>;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline sparse
