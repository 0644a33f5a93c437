#pragma once

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
#include <string>
#include <vector>

#include <multipruner/calibration/window_losses.hpp>
#include <multipruner/core/progress_scope.hpp>
#include <multipruner/forward/forward.hpp>

namespace multipruner {

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
[[nodiscard]] inline PerplexityResult evaluate_perplexity(const ModelView& view, const TokenWindows& windows,
                                                          ProgressSink& progress = silent_progress(),
                                                          const PerplexityOptions& options = {}) {
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

/// The perplexity alone.
[[nodiscard]] inline double perplexity(const ModelView& view, const TokenWindows& windows) {
  return evaluate_perplexity(view, windows).perplexity;
}

}  // namespace multipruner
