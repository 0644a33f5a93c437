// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <vector>

#include <multipruner/calibration/loss_by_position.hpp>
#include <multipruner/calibration/token_windows.hpp>
#include <multipruner/core/linkage.hpp>
#include <multipruner/core/progress.hpp>
#include <multipruner/plan/model_view.hpp>
#include <multipruner/simd/compute.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline evaluation {

/// Perplexity of a model on a text.
struct PerplexityResult {
  double perplexity = 0;  ///< exp(mean_nll)
  double mean_nll = 0;    ///< nats per token: the mean over windows of each window's mean
  Index windows = 0;
  Index tokens = 0;                  ///< in all windows
  std::vector<double> window_nll{};  ///< of every window
  std::optional<LossClimb> climb{};  ///< where windows are longer than what the model was made for
};

/// How perplexity is computed.
struct PerplexityOptions {
  simd::Compute compute = simd::Compute::float32;
  Index rows_per_pass = 4096;  ///< tokens that run through the model together; bounds memory, changes no result
};

/// Runs a view over all windows: the SparseGPT/Wanda protocol for WikiText-2 when nothing is ignored. The result does
/// not depend on how many windows run at once.
/// @throws DataError if there are no windows, or a token is not in the model's vocabulary.
[[nodiscard]] PerplexityResult evaluate_perplexity(const ModelView& view, const TokenWindows& windows,
                                                   ProgressSink& progress = silent_progress(),
                                                   const PerplexityOptions& options = {});

/// The perplexity alone.
[[nodiscard]] double perplexity(const ModelView& view, const TokenWindows& windows);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline evaluation

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/evaluation/evaluate_perplexity.ipp>
#endif
