// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/types.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline exporting {

/// What a format adds to a model to be able to hold it: zeros, and layers' worth of them.
struct PaddingReport {
  Index parameters = 0;  ///< that the plan leaves, as stock engines count: without norms of removed blocks
  Index written = 0;     ///< in the file, zeros included
  Index layers = 0;      ///< in the file

  /// Parameters that are there for the format alone, in percent of those that the plan leaves.
  [[nodiscard]] double overhead() const {
    return (static_cast<double>(written) / static_cast<double>(parameters) - 1.0) * 100.0;
  }
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline exporting
