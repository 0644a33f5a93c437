#pragma once

#include <multipruner/calibration/token_windows.hpp>
#include <multipruner/core/fingerprint.hpp>

namespace multipruner {

/// A checksum of windows of tokens and of what counts in them.
[[nodiscard]] inline Fingerprint fingerprint_of(const TokenWindows& windows) {
  const TokenId ignored = windows.ignored_label.value_or(-1);
  return Fingerprint()
      .add(&windows.length, sizeof windows.length)
      .add(&ignored, sizeof ignored)
      .add(std::span<const TokenId>(windows.tokens));
}

}  // namespace multipruner
