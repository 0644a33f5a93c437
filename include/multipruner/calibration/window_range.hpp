// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <vector>

#include <multipruner/calibration/token_windows.hpp>
#include <multipruner/core/linkage.hpp>

namespace multipruner::inline MULTIPRUNER_ABI {

/// Consecutive windows of a set: what one forward pass works on.
struct WindowRange {
  const TokenWindows* windows = nullptr;
  Index first = 0;
  Index count = 0;

  [[nodiscard]] Index length() const { return windows == nullptr ? 0 : windows->length; }
  [[nodiscard]] Index rows() const { return count * length(); }

  /// Tokens of all windows of the range, one after the other. @throws OptionError where the set has not got them.
  [[nodiscard]] std::span<const TokenId> tokens() const;

  /// For every row the token that follows it in its window; −1 where there is none, or where it is the ignored label.
  [[nodiscard]] std::vector<TokenId> labels() const;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/calibration/window_range.ipp>
#endif
