// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/core/linkage.hpp>
#include <multipruner/sparsity/weight_compensation.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline sparse {

/// Solution M for compensation, exactly: all removed weights P of a row at once, all kept weights K change. No other
/// weights with this mask have a lower cost ½ δHδᵀ.
///
/// The smaller side is solved. P: δ = −w_P (C_PP)⁻¹ C_P: with C the inverse Hessian (arXiv 2410.15567). K: δ_K =
/// w_P H_PK (H_KK)⁻¹, which needs no inverse, and is what a row falls back to. Rows with the same mask share a
/// factorisation.
///
/// Costs m³/3 + O(in · m) for a row, m being the smaller number of weights: out · in³/24 at 50 %, which is minutes for
/// a matrix of 4096² on a few cores, and hours for one of 4096 × 11008. If any row solves P, in³/3 for C, and its
/// memory.
struct GlobalCompensation {
  /// @throws OptionError where shapes disagree.
  [[nodiscard]] CompensatedWeights operator()(MatrixView<const double> weights, const WeightMask& mask,
                                              const DampedHessian& hessian) const;
};

static_assert(WeightCompensation<GlobalCompensation>);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline sparse

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/sparsity/global_compensation.ipp>
#endif
