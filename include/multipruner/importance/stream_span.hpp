// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include <multipruner/calibration/model_statistics.hpp>
#include <multipruner/core/linkage.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline importance {

/// Across what the residual stream is compared when a block is scored.
enum class StreamSpan : std::uint8_t {
  block,  ///< the block itself, attention or MLP
  layer,  ///< the whole layer of the block, as the papers do: both of its blocks score alike
};

/// @throws OptionError where it was not gathered.
[[nodiscard]] const StreamSimilarity& similarity_over(const ModelStatistics& statistics, BlockId block,
                                                      StreamSpan span);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline importance

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/importance/stream_span.ipp>
#endif
