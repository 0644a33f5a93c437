// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>

#include <multipruner/calibration/detail/require_labels.hpp>
#include <multipruner/core/error.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

MULTIPRUNER_INLINE void require_labels(const WindowRange& window, const std::string& where) {
  if (std::ranges::any_of(window.labels(), [](TokenId label) { return label >= 0; })) return;
  throw DataError(where,
                  "window " + std::to_string(window.first) + " has no next token that counts, so that there is no loss",
                  "Ignore no label, or give longer windows");
}

MULTIPRUNER_INLINE void require_labels(const WindowRange& windows, std::span<const double> means,
                                       const std::string& where) {
  for (std::size_t i = 0; i < means.size(); ++i) {
    if (std::isnan(means[i])) require_labels({windows.windows, windows.first + static_cast<Index>(i), 1}, where);
  }
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
