// SPDX-License-Identifier: MIT
#pragma once

#include <compare>
#include <cstddef>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/types.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline graph {

/// A residual block of a model: its position in the residual stream, from 0. What it is, and which layer people count
/// it to, stands in its BlockSpec.
struct BlockId {
  Index position = 0;

  friend constexpr bool operator==(BlockId, BlockId) = default;
  friend constexpr auto operator<=>(BlockId, BlockId) = default;
};

/// One axis of units of a block; a block alone means its first one.
struct BlockAxis {
  BlockId block{};
  std::size_t axis = 0;

  constexpr BlockAxis() = default;
  constexpr BlockAxis(BlockId block_, std::size_t axis_ = 0) : block(block_), axis(axis_) {}

  friend constexpr bool operator==(BlockAxis, BlockAxis) = default;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline graph
