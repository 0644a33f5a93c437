// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <string>
#include <vector>

#include <multipruner/calibration/damped_cholesky.hpp>
#include <multipruner/calibration/model_statistics.hpp>
#include <multipruner/calibration/statistics_needs.hpp>
#include <multipruner/compensation/detail/solved_outputs.hpp>
#include <multipruner/compensation/detail/streams.hpp>
#include <multipruner/core/linkage.hpp>
#include <multipruner/graph/graph.hpp>
#include <multipruner/sparsity/weight_matrix.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline compensation {

/// Output matrices of narrowed blocks, each solved on its own: the channels that are left do, as far as they can, what
/// all channels did in the dense model, `ridge_columns` (OSSCAR, arXiv 2403.12983) with the Gram matrix of the dense
/// model's activations.
///
/// Of a block that norms what it adds, what comes close is what the output matrix gives in front of that norm.
///
/// One factor G + λI = L·Lᵀ serves all widths of a block: for channels K in front of channels P, G_PK (G_KK + λI)⁻¹ is
/// L_PK L_KK⁻¹. A width costs 2 · rows · width · channels operations, once; what is solved is kept.
///
/// Several threads may ask for weights, and tasks of one. The graph must outlive it.
class LocalOutputs final : public detail::SolvedOutputs {
 public:
  static constexpr StatisticsNeeds needs{.output_input = {.gram = true}};

  /// Factors the Gram matrix of every block: channels³ / 3 operations, and channels² doubles that stay.
  /// @param ridge  λ / mean(diag G)
  /// @throws OptionError where the statistics lack a Gram matrix or the ridge is below 0; DataError where a Gram matrix
  ///         is not finite.
  LocalOutputs(const Graph& graph, const ModelStatistics& statistics, double ridge);
  LocalOutputs(const Graph&&, const ModelStatistics&, double) = delete;

  [[nodiscard]] std::string identity() const override { return identity_; }

  /// How the Gram matrix of an axis that is there was factored. @throws OptionError for another one.
  [[nodiscard]] const DampedCholesky& factor(BlockAxis axis) const;

 private:
  /// W_K + W_P L_PK L_KK⁻¹, by rows in parallel.
  [[nodiscard]] MULTIPRUNER_INLINE WeightMatrix solve(BlockAxis axis, const WeightView& original,
                                                      Index width) const override;

  double ridge_;
  std::string identity_;
  std::vector<std::array<DampedCholesky, most_axes>> factors_;  ///< by position; empty where there is no block
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline compensation

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/compensation/local_outputs.ipp>
#endif
