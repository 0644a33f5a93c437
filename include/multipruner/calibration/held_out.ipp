// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include <multipruner/calibration/held_out.hpp>
#include <multipruner/core/error.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline calibration {

MULTIPRUNER_INLINE HeldOutSplit split_held_out(TokenWindows windows) {
  constexpr Index share = 4;
  require_windows(windows);
  if (windows.count() < share && windows.same_length() && windows.label_mask().empty()) {
    std::vector<TokenId> tokens = windows.tokens();
    const Index all = static_cast<Index>(tokens.size()), length = std::max<Index>(all / share, 2);
    tokens.resize(static_cast<std::size_t>(all / length * length));
    windows = TokenWindows(length, std::move(tokens), windows.ignored_label());
  }
  if (windows.count() < 2) {
    throw DataError("windows of tokens", "there are too few to hold some out", "Give more calibration text");
  }
  std::vector<Index> fit, held_out;
  for (Index i = 0; i < windows.count(); ++i) {
    const bool last_of_few = windows.count() < share && i + 1 == windows.count();
    (i % share == share - 1 || last_of_few ? held_out : fit).push_back(i);
  }
  return {windows.select(fit), windows.select(held_out)};
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline calibration
