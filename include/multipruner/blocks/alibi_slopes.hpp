// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/types.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline blocks {

/// The slopes of ALiBi, one for every head: 2^(−8i/n), i = 1 … n, for a power of two n. Otherwise those of the next
/// lower power of two n, and behind them every second one of 2n.
/// @throws OptionError for a number of heads below 0.
/// Source: Press, Smith and Lewis, Train Short, Test Long, arXiv 2108.12409, and its released code.
[[nodiscard]] std::vector<float> alibi_slopes(Index heads);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline blocks

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/blocks/alibi_slopes.ipp>
#endif
