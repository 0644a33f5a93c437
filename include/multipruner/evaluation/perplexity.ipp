// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <string>

#include <multipruner/calibration/window_losses.hpp>
#include <multipruner/core/progress_scope.hpp>
#include <multipruner/evaluation/perplexity.hpp>
#include <multipruner/forward/forward.hpp>

namespace multipruner::inline MULTIPRUNER_ABI {

MULTIPRUNER_INLINE PerplexityResult evaluate_perplexity(const ModelView& view, const TokenWindows& windows,
                                                        ProgressSink& progress, const PerplexityOptions& options) {
  require_windows(windows);
  PerplexityResult result{.windows = windows.count(), .tokens = windows.count() * windows.length};
  result.window_nll.resize(static_cast<std::size_t>(result.windows));
  Workspace workspace(options.compute);
  LossByPosition positions(windows.length);
  const Index per_pass = std::max<Index>(1, options.rows_per_pass / windows.length);
  ProgressScope scope(progress, "perplexity", result.windows);
  for (Index first = 0; first < result.windows; first += per_pass) {
    const WindowRange range{&windows, first, std::min(per_pass, result.windows - first)};
    const Matrix<float> stream = forward(view, range.tokens(), {range.count, range.length()}, workspace);
    const auto losses =
        std::span(result.window_nll).subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(range.count));
    window_losses(view.graph(), stream.view(), range, losses, workspace, &positions);
    scope.advance(first + range.count);
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

}  // namespace multipruner::inline MULTIPRUNER_ABI
