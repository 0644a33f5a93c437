// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <multipruner/calibration/window_losses.hpp>
#include <multipruner/forward/head.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline calibration {

MULTIPRUNER_INLINE void window_losses(const Graph& graph, MatrixView<const float> stream, const WindowRange& windows,
                                      std::span<double> losses, Workspace& workspace, LossByPosition* positions) {
  const std::vector<TokenId> labels = windows.labels();
  if (static_cast<Index>(losses.size()) != windows.count) {
    throw OptionError("losses of windows",
                      "there is room for " + std::to_string(losses.size()) + ", and there are " +
                          std::to_string(windows.count) + " windows",
                      "Give one number for every window");
  }
  std::vector<double> nll(labels.size());
  token_losses(graph, stream, labels, nll, workspace);
  std::size_t row = 0;
  for (Index window = 0; window < windows.count; ++window) {
    const std::size_t first = row, length = windows.windows->window(windows.first + window).size();
    double sum = 0;
    Index counted = 0;
    for (; row < first + length; ++row) {
      if (labels[row] < 0) continue;
      sum += nll[row];
      ++counted;
    }
    losses[static_cast<std::size_t>(window)] = sum / static_cast<double>(counted);
    if (positions != nullptr) {
      positions->add(std::span(nll).subspan(first, length), std::span(labels).subspan(first, length));
    }
  }
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline calibration
