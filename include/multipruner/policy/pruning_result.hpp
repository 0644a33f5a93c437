// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/search/cost_request.hpp>
#include <multipruner/search/search_result.hpp>

namespace multipruner::inline MULTIPRUNER_ABI {

/// One decision of a pruning run.
struct PruningStep {
  std::string stage{};  ///< what people call it: "blocks", "MLP channels"
  SearchStep search{};
  CalibrationSet samples = CalibrationSet::block;  ///< on which its candidates were judged
};

/// What a pruning run arrived at. A target that cannot be reached is an outcome, not an error: the plan is then as far
/// as the run came.
struct PruningResult {
  Plan plan{};
  std::vector<PruningStep> steps{};
  SearchOutcome outcome = SearchOutcome::reached;
  double ratio = 0;  ///< percent of the unpruned model's parameters that the plan removes
};

/// The blocks that a run removed, first removed first: what `save` wants to know of how a plan came about.
[[nodiscard]] std::vector<BlockId> removals_of(const PruningResult& result);

}  // namespace multipruner::inline MULTIPRUNER_ABI

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/policy/pruning_result.ipp>
#endif
