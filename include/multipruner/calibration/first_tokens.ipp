// SPDX-License-Identifier: MIT
#pragma once

#include <numeric>
#include <span>
#include <string>
#include <vector>

#include <multipruner/calibration/first_tokens.hpp>
#include <multipruner/calibration/window_range.hpp>
#include <multipruner/core/error.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline calibration {

MULTIPRUNER_INLINE TokenWindows first_tokens(const TokenWindows& windows, Index tokens) {
  require_windows(windows);
  if (tokens < 1)
    throw OptionError("first_tokens", std::to_string(tokens) + " tokens are asked for", "Ask for 1 or more");
  const std::span<const TokenId> first = windows.window(0);
  if (tokens < static_cast<Index>(first.size())) {
    return TokenWindows(tokens, {first.begin(), first.begin() + tokens}, windows.ignored_label());
  }
  std::vector<Index> some(static_cast<std::size_t>(passes_of(windows, tokens).front().count));
  std::iota(some.begin(), some.end(), Index{0});
  return windows.select(some);
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline calibration
