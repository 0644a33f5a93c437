// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>

#include <multipruner/core/numpy_random.hpp>
#include <multipruner/importance/detail/unit_sums.hpp>
#include <multipruner/importance/random.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline importance {

MULTIPRUNER_INLINE std::vector<double> Random::scores(const Graph& graph, BlockAxis axis) const {
  constexpr std::uint64_t spread = 0x9e3779b97f4a7c15u;  // keeps seed 1 of block 0 from being seed 0 of block 1
  NumpyRandom random(seed +
                     spread * (static_cast<std::uint64_t>(axis.block.position) + (std::uint64_t{axis.axis} << 32)));
  std::vector<double> scores(static_cast<std::size_t>(graph.num_units(axis)));
  for (double& score : scores) score = random.uniform();
  return scores;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline importance
