#pragma once

#include <span>
#include <vector>

#include <multipruner/calibration/token_windows.hpp>
#include <multipruner/tensor/require_view.hpp>

namespace multipruner {

/// Consecutive windows of a set: what one forward pass works on.
struct WindowRange {
  const TokenWindows* windows = nullptr;
  Index first = 0;
  Index count = 0;

  [[nodiscard]] Index length() const { return windows == nullptr ? 0 : windows->length; }
  [[nodiscard]] Index rows() const { return count * length(); }

  /// Tokens of all windows of the range, one after the other. @throws OptionError where the set has not got them.
  [[nodiscard]] std::span<const TokenId> tokens() const {
    require_range(first, count, windows == nullptr ? 0 : windows->count(), "windows of tokens", "windows");
    if (count == 0) return {};
    return std::span(windows->tokens)
        .subspan(static_cast<std::size_t>(first * windows->length), static_cast<std::size_t>(rows()));
  }

  /// For every row the token that follows it in its window; −1 where there is none, or where it is the ignored label.
  [[nodiscard]] std::vector<TokenId> labels() const {
    const std::span<const TokenId> ids = tokens();
    std::vector<TokenId> labels(ids.size(), -1);
    for (std::size_t row = 0; row + 1 < ids.size(); ++row) {
      const bool last_of_window = (static_cast<Index>(row) + 1) % length() == 0;
      if (!last_of_window && ids[row + 1] != windows->ignored_label) labels[row] = ids[row + 1];
    }
    return labels;
  }
};

}  // namespace multipruner
