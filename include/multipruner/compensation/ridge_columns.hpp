// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/sparsity/weight_matrix.hpp>
#include <multipruner/tensor/damping_outcome.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline compensation {

/// A weight of fewer columns that does the work of the whole one, and what that took.
struct RidgeColumns {
  WeightMatrix weight;  ///< out × kept columns
  double loss = 0;  ///< ‖W − W'‖² in the damped Gram matrix: tr(Δ (G + λI) Δᵀ), Δ = W − W' with removed columns 0
  DampingOutcome damping{};  ///< λ, see DampedCholesky
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline compensation

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// The columns that are not kept, ascending. @throws OptionError unless `kept` ascends within [0, columns).
std::vector<Index> other_columns(std::span<const Index> kept, Index columns);

void require_gram_of(MatrixView<const double> gram, Index columns);

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline compensation {

/// Least squares on the columns that stay: argmin over W'_K of tr((W − W') (G + λI) (W − W')ᵀ), which is
/// W'_K = W_K + W_P G_PK (G_KK + λI)⁻¹ (OSSCAR, arXiv 2403.12983; λ = ridge · mean(diag G)).
///
/// With the covariance of the inputs in place of G it is the fit with a free bias: add `bias_of_fit`.
/// @param weight  out × n @param gram  n × n @param kept  ascending
/// @throws OptionError where shapes disagree or columns do not ascend, DataError where the Gram matrix is not finite.
[[nodiscard]] RidgeColumns ridge_columns(MatrixView<const double> weight, MatrixView<const double> gram,
                                         std::span<const Index> kept, double ridge = 0.01);

/// What has to be added to the bias so that the mean output stays: W μ − W'_K μ_K. Without compensation, W'_K = W_K, it
/// is FLAP's bias.
/// @param weight  out × n @param fitted  out × kept columns @param mean  of every input
/// @throws OptionError where shapes disagree or columns do not ascend.
[[nodiscard]] std::vector<double> bias_of_fit(MatrixView<const double> weight, MatrixView<const double> fitted,
                                              std::span<const Index> kept, std::span<const double> mean);

/// Least squares on the columns that stay where the inputs themselves have changed: x̂ from the pruned layers before, in
/// place of x: W'_K = W · (Σ x x̂ᵀ)_:,K · (Σ x̂ x̂ᵀ + λI)_KK⁻¹ (OSSCAR, arXiv 2403.12983).
/// @param weight  out × n @param pruned_gram  Σ x̂ x̂ᵀ @param cross  Σ x x̂ᵀ, n × n: cross_gram(dense rows, pruned rows)
/// @throws OptionError, DataError as ridge_columns. The loss is not known and 0.
[[nodiscard]] RidgeColumns refit_columns(MatrixView<const double> weight, MatrixView<const double> pruned_gram,
                                         MatrixView<const double> cross, std::span<const Index> kept,
                                         double ridge = 0.01);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline compensation

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/compensation/ridge_columns.ipp>
#endif
