// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>

#include <multipruner/calibration/window_range.hpp>
#include <multipruner/tensor/require_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI {

MULTIPRUNER_INLINE std::span<const TokenId> WindowRange::tokens() const {
  require_range(first, count, windows == nullptr ? 0 : windows->count(), "windows of tokens", "windows");
  if (count == 0) return {};
  return std::span(windows->tokens)
      .subspan(static_cast<std::size_t>(first * windows->length), static_cast<std::size_t>(rows()));
}

MULTIPRUNER_INLINE std::vector<TokenId> WindowRange::labels() const {
  const std::span<const TokenId> ids = tokens();
  std::vector<TokenId> labels(ids.size(), -1);
  for (std::size_t row = 0; row + 1 < ids.size(); ++row) {
    const bool last_of_window = (static_cast<Index>(row) + 1) % length() == 0;
    if (!last_of_window && ids[row + 1] != windows->ignored_label) labels[row] = ids[row + 1];
  }
  return labels;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI
