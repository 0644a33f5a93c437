// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/plan/edit.hpp>
#include <multipruner/search/plan_cost.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline search {

/// One candidate of a search step and what it would cost.
struct Candidate {
  Edit edit;
  PlanCost cost{};
};

/// One decision of a search: the edit that was taken, its cost, and everything it was compared with. Edits are of the
/// plan before the step, costs those of that plan with the edit.
struct SearchStep {
  Edit edit;
  double cost = 0;                      ///< NaN where it was not measured
  double ratio = 0;                     ///< percent of the unpruned model's parameters removed after this step
  std::vector<Candidate> candidates{};  ///< empty where the choice was made by other means
  /// Candidates that were not measured, with what they were taken to cost.
  std::vector<Candidate> assumed{};
};

/// Told of every step of a search as soon as it is taken.
using SearchStepObserver = std::function<void(const SearchStep&)>;

/// Why a search ended.
enum class SearchOutcome : std::uint8_t {
  reached,        ///< the target is reached
  no_candidate,   ///< nothing is left that could be removed
  no_finite_cost  ///< every candidate's cost is NaN or infinite
};

/// Where a search arrived and how.
struct SearchResult {
  Plan plan;
  std::vector<SearchStep> steps;
  SearchOutcome outcome = SearchOutcome::reached;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline search
