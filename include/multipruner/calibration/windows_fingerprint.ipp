// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/calibration/windows_fingerprint.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline calibration {

MULTIPRUNER_INLINE Fingerprint fingerprint_of(const TokenWindows& windows) {
  const TokenId ignored = windows.ignored_label().value_or(-1);
  const Index length = windows.same_length() ? windows.longest() : 0;
  Fingerprint fingerprint;
  fingerprint.add(&length, sizeof length).add(&ignored, sizeof ignored);
  fingerprint.add(std::span<const TokenId>(windows.tokens()));
  for (Index i = 0; length == 0 && i < windows.count(); ++i) {
    const Index end = windows.offset(i + 1);
    fingerprint.add(&end, sizeof end);
  }
  for (const bool counts : windows.label_mask()) fingerprint.add(&counts, sizeof counts);
  const auto is_weighted = [&](Index i) { return windows.weight(i) != 1.0; };
  bool weighted = false;
  for (Index i = 0; i < windows.count(); ++i) weighted = weighted || is_weighted(i);
  for (Index i = 0; weighted && i < windows.count(); ++i) {
    const double weight = windows.weight(i);
    fingerprint.add(&weight, sizeof weight);
  }
  return fingerprint;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline calibration
