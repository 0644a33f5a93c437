// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <string>
#include <vector>

#include <multipruner/calibration/model_statistics.hpp>
#include <multipruner/calibration/statistics_needs.hpp>
#include <multipruner/compensation/detail/solved_outputs.hpp>
#include <multipruner/core/linkage.hpp>
#include <multipruner/graph/graph.hpp>
#include <multipruner/sparsity/linear_zeros.hpp>
#include <multipruner/sparsity/masked_solve.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline compensation {

/// LocalOutputs for a model with a weight mask: its output matrices keep their zeros. No factor serves several rows
/// then; every width is solved by conjugate gradients (`masked_ridge_columns`), at 2 · rows · width² operations
/// for each iteration. Matrices without a mask are solved in the same way, without zeros.
///
/// Several threads may ask for weights, and tasks of one. The graph must outlive it.
class MaskedOutputs final : public detail::SolvedOutputs {
 public:
  static constexpr StatisticsNeeds needs{.output_input = {.gram = true}};

  /// @param ridge  λ / mean(diag G)
  /// @throws OptionError where the statistics lack a Gram matrix or the ridge is below 0; DataError where a Gram matrix
  ///         is not finite.
  MaskedOutputs(const Graph& graph, const ModelStatistics& statistics, double ridge, MaskedSolveOptions options = {});
  MaskedOutputs(const Graph&&, const ModelStatistics&, double, MaskedSolveOptions = {}) = delete;

  [[nodiscard]] std::string identity() const override { return identity_; }

 private:
  struct Output {
    Matrix<double> gram;
    WeightMask zeros;
  };

  [[nodiscard]] MULTIPRUNER_INLINE WeightMatrix solve(BlockAxis axis, const WeightView& original,
                                                      Index width) const override;

  double ridge_;
  std::string identity_;
  MaskedSolveOptions options_;
  std::vector<std::array<Output, most_axes>> outputs_;  ///< by position; empty where there is no block
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline compensation

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/compensation/masked_outputs.ipp>
#endif
