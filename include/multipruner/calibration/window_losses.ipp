// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <multipruner/calibration/window_losses.hpp>
#include <multipruner/core/error.hpp>
#include <multipruner/forward/head.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline calibration {

MULTIPRUNER_INLINE void window_means(const WindowRange& windows, std::span<const TokenId> labels,
                                     std::span<const double> values, std::span<double> means) {
  if (static_cast<Index>(means.size()) != windows.count) {
    throw OptionError("losses of windows",
                      "there is room for " + std::to_string(means.size()) + ", and there are " +
                          std::to_string(windows.count) + " windows",
                      "Give one number for every window");
  }
  if (values.size() != labels.size() || static_cast<Index>(labels.size()) != windows.rows()) {
    throw OptionError("losses of windows",
                      "there are " + std::to_string(values.size()) + " values and " + std::to_string(labels.size()) +
                          " labels for " + std::to_string(windows.rows()) + " tokens",
                      "Give one of each for every token");
  }
  std::size_t row = 0;
  for (Index window = 0; window < windows.count; ++window) {
    const std::size_t end = row + windows.windows->window(windows.first + window).size();
    double sum = 0;
    Index counted = 0;
    for (; row < end; ++row) {
      if (labels[row] < 0) continue;
      sum += values[row];
      ++counted;
    }
    means[static_cast<std::size_t>(window)] = sum / static_cast<double>(counted);
  }
}

MULTIPRUNER_INLINE void window_losses(const Graph& graph, MatrixView<const float> stream, const WindowRange& windows,
                                      std::span<double> losses, Workspace& workspace, LossByPosition* positions) {
  const std::vector<TokenId> labels = windows.labels();
  std::vector<double> nll(labels.size());
  token_losses(graph, stream, labels, nll, workspace);
  window_means(windows, labels, nll, losses);
  if (positions == nullptr) return;
  std::size_t first = 0;
  for (Index window = 0; window < windows.count; ++window) {
    const std::size_t length = windows.windows->window(windows.first + window).size();
    positions->add(std::span(nll).subspan(first, length), std::span(labels).subspan(first, length));
    first += length;
  }
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline calibration
