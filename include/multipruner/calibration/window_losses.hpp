#pragma once

#include <span>
#include <vector>

#include <multipruner/calibration/loss_by_position.hpp>
#include <multipruner/calibration/window_range.hpp>
#include <multipruner/forward/head.hpp>

namespace multipruner {

/// Mean negative log-likelihood, in nats, of every window of a range, from the residual stream after the last block.
/// Labels that are ignored do not count; a window without any label is 0/0, NaN. Sums are in double, in token order.
/// @param losses one number per window.
/// @param positions takes note of the loss of every token; or null.
/// @throws OptionError where shapes and numbers disagree.
inline void window_losses(const Graph& graph, MatrixView<const float> stream, const WindowRange& windows,
                          std::span<double> losses, Workspace& workspace, LossByPosition* positions = nullptr) {
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
  for (double& loss : losses) {
    double sum = 0;
    Index counted = 0;
    for (Index i = 0; i < windows.length(); ++i, ++row) {
      if (labels[row] < 0) continue;
      sum += nll[row];
      ++counted;
    }
    loss = sum / static_cast<double>(counted);
  }
  if (positions == nullptr) return;
  const auto length = static_cast<std::size_t>(windows.length());
  for (std::size_t first = 0; first < labels.size(); first += length) {
    positions->add(std::span(nll).subspan(first, length), std::span(labels).subspan(first, length));
  }
}

}  // namespace multipruner
