// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/calibration/fingerprint.hpp>

namespace multipruner::inline MULTIPRUNER_ABI {

MULTIPRUNER_INLINE Fingerprint fingerprint_of(const TokenWindows& windows) {
  const TokenId ignored = windows.ignored_label.value_or(-1);
  return Fingerprint()
      .add(&windows.length, sizeof windows.length)
      .add(&ignored, sizeof ignored)
      .add(std::span<const TokenId>(windows.tokens));
}

}  // namespace multipruner::inline MULTIPRUNER_ABI
