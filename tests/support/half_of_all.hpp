// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>

#include <multipruner/plan/plan.hpp>

namespace multipruner::test {

/// Half of the channels and key/value groups of every block.
inline Plan half_of_all(const Graph& graph) {
  Plan plan(graph);
  for (Index position = 0; position < plan.num_blocks(); ++position) {
    const BlockId block{position};
    const Index unit = graph.unit_width(block);
    plan.set_width(block, std::max<Index>(graph.width(block) / unit / 2, 1) * unit);
  }
  return plan;
}

}  // namespace multipruner::test
