// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/core/linkage.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline graph {

/// What a block remembers of the tokens of one sequence that it has seen: keys and values, or the state of a
/// convolution and a scan.
class BlockState {
 public:
  BlockState() = default;
  BlockState(const BlockState&) = delete;
  BlockState& operator=(const BlockState&) = delete;
  virtual ~BlockState() = default;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline graph
