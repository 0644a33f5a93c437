// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <string>
#include <string_view>
#include <vector>

#include <multipruner/calibration/token_windows.hpp>
#include <multipruner/core/linkage.hpp>
#include <multipruner/core/progress.hpp>
#include <multipruner/graph/graph.hpp>
#include <multipruner/plan/model_view.hpp>
#include <multipruner/tensor/damping_outcome.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline compensation {

/// How one output matrix, e.g. o_proj or down_proj, was solved anew.
struct SolvedWeight {
  BlockAxis axis;
  DampingOutcome damping{};  ///< of its Gram matrix
  bool masked = false;       ///< a mask was kept: solved by conjugate gradients, without a factor
  int iterations = 0;        ///< of those: see MaskedSolveOutcome
  Index unconverged_rows = 0;
  double before = 0;  ///< squared distance to the dense model's residual stream, summed over the tokens
  double after = 0;   ///< the same with the new weight
};

/// A pruned model whose surviving output matrices make up for what was removed.
struct CompensatedModel {
  Graph graph;
  std::vector<SolvedWeight> weights{};  ///< in the order of the residual stream
};

/// Makes up for what a view removes, without training: given the dense model, a view that prunes it or an equivalent of
/// it, and calibration windows, returns the pruned model as a graph of its own.
///
/// The result must not depend on the number of threads. One that cannot serve every model says so in
/// `require_applicable(config)`, which throws an Error, and is called before a search that may take hours.
template <class C>
concept Compensator = requires(const C& compensator, const ModelView& dense, const ModelView& pruned,
                               const TokenWindows& windows, ProgressSink& progress) {
  { C::name } -> std::convertible_to<std::string_view>;
  { compensator.compensate(dense, pruned, windows, progress) } -> std::same_as<CompensatedModel>;
};

/// Asks a compensator that has an opinion on it whether it can serve a model.
/// @throws OptionError where it cannot
template <Compensator C>
void require_applicable(const C& compensator, const ModelConfig& config) {
  if constexpr (requires { compensator.require_applicable(config); }) compensator.require_applicable(config);
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline compensation
