#pragma once

#include <multipruner/calibration/token_windows.hpp>
#include <multipruner/core/fingerprint.hpp>

namespace multipruner {

/// A checksum of windows of tokens and of what counts in them.
[[nodiscard]] Fingerprint fingerprint_of(const TokenWindows& windows);

}  // namespace multipruner

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/calibration/fingerprint.ipp>
#endif
