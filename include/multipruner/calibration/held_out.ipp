// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include <multipruner/calibration/held_out.hpp>
#include <multipruner/core/error.hpp>

namespace multipruner::inline MULTIPRUNER_ABI {

MULTIPRUNER_INLINE HeldOutSplit split_held_out(TokenWindows windows) {
  constexpr Index share = 4;
  require_windows(windows);
  if (windows.count() < share) {
    const Index tokens = windows.count() * windows.length;
    windows.length = std::max<Index>(tokens / share, 2);
    windows.tokens.resize(static_cast<std::size_t>(tokens / windows.length * windows.length));
  }
  if (windows.count() < 2) {
    throw DataError("windows of tokens", "there are too few to hold some out", "Give more calibration text");
  }
  HeldOutSplit split{{windows.length, {}, windows.ignored_label}, {windows.length, {}, windows.ignored_label}};
  for (Index i = 0; i < windows.count(); ++i) {
    const bool last_of_few = windows.count() < share && i + 1 == windows.count();
    std::vector<TokenId>& target = (i % share == share - 1 || last_of_few ? split.held_out : split.fit).tokens;
    const auto window = windows.window(i);
    target.insert(target.end(), window.begin(), window.end());
  }
  return split;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI
