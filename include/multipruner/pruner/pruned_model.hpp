// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include <multipruner/compensation/compensator.hpp>
#include <multipruner/core/linkage.hpp>
#include <multipruner/policy/pruning_result.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline pruner {

/// A smaller model, and how it came about.
struct PrunedModel {
  Graph graph;
  PruningResult result;
  std::vector<SolvedWeight> solved{};  ///< weights that were solved anew
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline pruner
