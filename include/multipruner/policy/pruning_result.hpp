// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/policy/pruning_stage.hpp>
#include <multipruner/search/search_result.hpp>

namespace multipruner::inline MULTIPRUNER_ABI {

/// One decision of a pruning run.
struct PruningStep {
  PruningStage stage = PruningStage::depth;
  SearchStep search;
};

/// What a pruning run arrived at. A target that cannot be reached is an outcome, not an error: the plan is then as far
/// as the run came.
struct PruningResult {
  Plan plan{};
  std::vector<PruningStep> steps{};
  SearchOutcome outcome = SearchOutcome::reached;
  double ratio = 0;  ///< percent of the unpruned model's parameters that the plan removes
};

}  // namespace multipruner::inline MULTIPRUNER_ABI
