// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/core/linkage.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline calibration {

/// What is to be known of one signal of a block.
struct SignalNeeds {
  bool moments = false;  ///< ColumnMoments
  bool gram = false;     ///< Gram, which takes memory: columns² doubles

  friend constexpr SignalNeeds operator|(SignalNeeds a, SignalNeeds b) {
    return {.moments = a.moments || b.moments, .gram = a.gram || b.gram};
  }
  friend constexpr bool operator==(SignalNeeds, SignalNeeds) = default;
};

/// Which statistics of activations something needs. A metric states its own as `static constexpr StatisticsNeeds
/// needs`, so that a program gathers those of all its metrics, `Wanda::needs | Obs::needs`, and nothing else.
struct StatisticsNeeds {
  SignalNeeds block_input = {};   ///< of what other linears read: q/k/v_proj, gate/up_proj
  SignalNeeds output_input = {};  ///< of what output matrices read: o_proj, down_proj
  bool similarity = false;        ///< StreamSimilarity of blocks and of layers
  bool last_tokens = false;       ///< LastTokens of layers

  friend constexpr StatisticsNeeds operator|(const StatisticsNeeds& a, const StatisticsNeeds& b) {
    return {.block_input = a.block_input | b.block_input,
            .output_input = a.output_input | b.output_input,
            .similarity = a.similarity || b.similarity,
            .last_tokens = a.last_tokens || b.last_tokens};
  }
  friend constexpr bool operator==(const StatisticsNeeds&, const StatisticsNeeds&) = default;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline calibration
