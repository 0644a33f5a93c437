// SPDX-License-Identifier: MIT
#pragma once

#include <limits>
#include <span>
#include <vector>

#include <multipruner/blocks/sequence_batch.hpp>
#include <multipruner/calibration/token_windows.hpp>
#include <multipruner/core/linkage.hpp>
#include <multipruner/core/types.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline calibration {

/// Consecutive windows of a set: what one forward pass works on.
struct WindowRange {
  const TokenWindows* windows = nullptr;
  Index first = 0;
  Index count = 0;

  /// Tokens of all windows of the range. @throws OptionError where the set has not got them, as the others.
  [[nodiscard]] Index rows() const { return static_cast<Index>(tokens().size()); }

  /// One window after the other.
  [[nodiscard]] std::span<const TokenId> tokens() const;

  /// For every row the token that follows it in its window; −1 where there is none, or where it is the ignored label.
  [[nodiscard]] std::vector<TokenId> labels() const;

  /// How the rows belong to windows.
  [[nodiscard]] SequenceBatch batch() const;
};

/// Cuts a set into ranges that run through a model together: as many whole windows each as have up to `rows` tokens,
/// at least one and at most `most`. The set must outlive them.
[[nodiscard]] std::vector<WindowRange> passes_of(const TokenWindows& windows, Index rows,
                                                 Index most = std::numeric_limits<Index>::max());
std::vector<WindowRange> passes_of(const TokenWindows&&, Index, Index = 0) = delete;

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline calibration

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/calibration/window_range.ipp>
#endif
