// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/calibration/token_windows.hpp>
#include <multipruner/core/fingerprint.hpp>
#include <multipruner/core/linkage.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline calibration {

/// A checksum of windows of tokens and of what counts in them.
[[nodiscard]] Fingerprint fingerprint_of(const TokenWindows& windows);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline calibration

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/calibration/windows_fingerprint.ipp>
#endif
