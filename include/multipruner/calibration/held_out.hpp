// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/calibration/token_windows.hpp>
#include <multipruner/core/linkage.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline calibration {

/// Windows to fit something on, and others to judge it on.
struct HeldOutSplit {
  TokenWindows fit, held_out;
};

/// Holds out every fourth window. If there are fewer than four, they are cut into shorter ones first; where that cannot
/// be, since they differ in length or have a mask, the last one is held out.
/// @throws DataError where there are no windows, or too few tokens to cut.
[[nodiscard]] HeldOutSplit split_held_out(TokenWindows windows);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline calibration

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/calibration/held_out.ipp>
#endif
