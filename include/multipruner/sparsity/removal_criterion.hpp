// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>

#include <multipruner/core/linkage.hpp>
#include <multipruner/sparsity/damped_hessian.hpp>
#include <multipruner/sparsity/weight_mask.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline sparse {

/// A way to choose the weights that are removed, all at once and before anything is made up for. Mask of the weights'
/// shape; the same bits with any number of threads.
template <class T>
concept RemovalCriterion = requires(const T& criterion, MatrixView<const double> weights,
                                    const DampedHessian& hessian) {
  { criterion(weights, hessian) } -> std::same_as<WeightMask>;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline sparse
