// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <cstddef>
#include <numeric>
#include <string>

#include <multipruner/calibration/window_losses.hpp>
#include <multipruner/calibration/window_range.hpp>
#include <multipruner/core/progress_scope.hpp>
#include <multipruner/evaluation/evaluate_perplexity.hpp>
#include <multipruner/forward/forward.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline evaluation {

MULTIPRUNER_INLINE PerplexityResult evaluate_perplexity(const ModelView& view, const TokenWindows& windows,
                                                        ProgressSink& progress, const PerplexityOptions& options) {
  require_windows(windows);
  PerplexityResult result{.windows = windows.count(), .tokens = static_cast<Index>(windows.tokens().size())};
  result.window_nll.resize(static_cast<std::size_t>(result.windows));
  Workspace workspace(options.compute);
  const bool alike = windows.same_length();  // otherwise few windows have the last positions
  LossByPosition positions(windows.longest());
  ProgressScope scope(progress, "perplexity", result.windows);
  for (const WindowRange& range : passes_of(windows, options.rows_per_pass)) {
    const Matrix<float> stream = forward(view, range.tokens(), range.batch(), workspace);
    const auto losses = std::span(result.window_nll)
                            .subspan(static_cast<std::size_t>(range.first), static_cast<std::size_t>(range.count));
    window_losses(view.graph(), stream.view(), range, losses, workspace, alike ? &positions : nullptr);
    scope.advance(range.first + range.count);
  }
  result.mean_nll =
      std::accumulate(result.window_nll.begin(), result.window_nll.end(), 0.0) / static_cast<double>(result.windows);
  result.perplexity = std::exp(result.mean_nll);
  result.climb = positions.climb();
  return result;
}

MULTIPRUNER_INLINE double perplexity(const ModelView& view, const TokenWindows& windows) {
  return evaluate_perplexity(view, windows).perplexity;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline evaluation
