// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/calibration/token_windows.hpp>
#include <multipruner/core/linkage.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline calibration {

/// The first windows, as many as have so many tokens together; where the first one is longer, its beginning alone, in
/// which every token counts but the ignored label.
/// @throws DataError where there are no windows; OptionError for less than one token
[[nodiscard]] TokenWindows first_tokens(const TokenWindows& windows, Index tokens);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline calibration

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/calibration/first_tokens.ipp>
#endif
