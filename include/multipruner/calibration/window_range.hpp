#pragma once

#include <span>
#include <vector>

#include <multipruner/calibration/token_windows.hpp>

namespace multipruner {

/// Consecutive windows of a set: what one forward pass works on.
struct WindowRange {
  const TokenWindows* windows = nullptr;
  Index first = 0;
  Index count = 0;

  [[nodiscard]] Index length() const { return windows->length; }
  [[nodiscard]] Index rows() const { return count * windows->length; }

  /// Tokens of all windows of the range, one after the other.
  [[nodiscard]] std::span<const TokenId> tokens() const {
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
