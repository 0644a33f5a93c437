// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <random>

#include <multipruner/graph/graph.hpp>
#include <multipruner/plan/plan.hpp>

namespace multipruner::test {

/// A plan that a seed draws: of each block all, nothing, one unit, or some units. Among many seeds there are plans
/// without the first block, without the last, and without any of a kind.
inline Plan random_plan(const Graph& graph, unsigned seed) {
  std::mt19937 random(seed);
  Plan plan(graph);
  const auto removed_of_ten = random() % 6;
  for (Index position = 0; position < graph.num_blocks(); ++position) {
    const BlockId block{position};
    const auto units = static_cast<unsigned>(graph.num_units(block));
    const auto draw = random() % 10;
    const auto some = 1 + random() % std::max(units - 1, 1u);
    if (draw < removed_of_ten) {
      plan.remove(block);
    } else if (draw < 8) {
      plan.set_width(block, static_cast<Index>(draw == 7 ? 1 : some) * graph.unit_width(block));
    }
  }
  return plan;
}

}  // namespace multipruner::test
