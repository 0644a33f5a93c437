// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/core/linkage.hpp>
#include <multipruner/simd/detail/batch.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::simd::detail {

/// Products are summed within blocks of at most this many k, and the blocks one after the other.
inline constexpr Index most_depth = 384;

/// How many k a block has: nearly equal shares of all. A function of their number alone, because it is part of what the
/// result is: nothing else about how a product is cut up can be seen in its bits.
[[nodiscard]] constexpr Index depth_of_block(Index columns) {
  constexpr Index whole = 32;  // k that kernels take at a time, at the most
  if (columns <= most_depth) return columns;
  return round_up(ceil_divide(columns, ceil_divide(columns, most_depth)), whole);
}

/// Calls f(first, count) for the blocks of k in their order. Without any k there is one empty block.
template <class F>
void for_each_depth_block(Index columns, F&& f) {
  const Index block = depth_of_block(columns);
  Index first = 0;
  do {
    f(first, std::min(block, columns - first));
    first += block;
  } while (first < columns);
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::simd::detail
