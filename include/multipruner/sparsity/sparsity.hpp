// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/core/linkage.hpp>
#include <multipruner/sparsity/sparsity_pattern.hpp>
#include <multipruner/sparsity/weight_mask.hpp>
#include <multipruner/tensor/weight_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline sparse {

/// The zeros of a stored weight, as a mask.
[[nodiscard]] WeightMask zeros_of(const WeightView& weight);

/// Percent of the weights that are removed; 0 for a matrix without weights.
[[nodiscard]] double sparsity(const WeightMask& mask);

/// Percent of the weights that are zero.
[[nodiscard]] double sparsity(const WeightView& weight);

/// Whether enough is removed. Groups: of every group at least N, and the groups divide the columns. Unstructured: the
/// ratio over the whole matrix, less one weight of each row, because numbers of weights are rounded down.
[[nodiscard]] bool satisfies(const WeightMask& mask, const SparsityPattern& pattern);

/// Whether enough weights are zero.
[[nodiscard]] bool satisfies(const WeightView& weight, const SparsityPattern& pattern);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline sparse

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/sparsity/sparsity.ipp>
#endif
