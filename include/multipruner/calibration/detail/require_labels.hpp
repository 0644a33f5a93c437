// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string>

#include <multipruner/calibration/window_range.hpp>
#include <multipruner/core/linkage.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// Explains a loss that is 0/0. @param window  a range of one
/// @throws DataError naming the window, if no token of it counts as a label.
void require_labels(const WindowRange& window, const std::string& where);

/// Explains the means over windows that are 0/0. @throws as require_labels
void require_labels(const WindowRange& windows, std::span<const double> means, const std::string& where);

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/calibration/detail/require_labels.ipp>
#endif
