// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/types.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline io {

/// The residual stream of a model that was sliced: the entry "stream" of pruning_config.json, which is ours alone. Such
/// a model has a head of its own, whatever its config.json says.
struct StreamConfig {
  std::vector<Index> widths{};     ///< in front of the first block, and behind every block
  std::vector<Index> shortcuts{};  ///< positions of blocks around which the stream goes through a matrix

  friend bool operator==(const StreamConfig&, const StreamConfig&) = default;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline io
