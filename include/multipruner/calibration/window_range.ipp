// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>

#include <multipruner/calibration/window_range.hpp>
#include <multipruner/tensor/require_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline calibration {

MULTIPRUNER_INLINE std::span<const TokenId> WindowRange::tokens() const {
  require_range(first, count, windows == nullptr ? 0 : windows->count(), "windows of tokens", "windows");
  if (count == 0) return {};
  const Index begin = windows->offset(first), end = windows->offset(first + count);
  return std::span(windows->tokens()).subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin));
}

MULTIPRUNER_INLINE std::vector<TokenId> WindowRange::labels() const {
  const std::span<const TokenId> ids = tokens();
  std::vector<TokenId> labels(ids.size(), -1);
  if (ids.empty()) return labels;
  const Index begin = windows->offset(first);
  for (Index i = first; i < first + count; ++i) {
    for (Index token = windows->offset(i) + 1; token < windows->offset(i + 1); ++token) {
      const auto row = static_cast<std::size_t>(token - begin);
      if (windows->is_label(token)) labels[row - 1] = ids[row];
    }
  }
  return labels;
}

MULTIPRUNER_INLINE SequenceBatch WindowRange::batch() const {
  (void)tokens();  // checks the range
  SequenceBatch batch;
  for (Index i = first; i < first + count; ++i) batch.append(static_cast<Index>(windows->window(i).size()));
  return batch;
}

MULTIPRUNER_INLINE std::vector<WindowRange> passes_of(const TokenWindows& windows, Index rows, Index most) {
  std::vector<WindowRange> passes;
  Index taken = 0;
  for (Index i = 0; i < windows.count(); ++i) {
    const auto length = static_cast<Index>(windows.window(i).size());
    const bool full = passes.empty() || passes.back().count >= most || length > rows - taken;
    if (full) passes.push_back({&windows, i, 0});
    taken = full ? length : taken + length;
    ++passes.back().count;
  }
  return passes;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline calibration
