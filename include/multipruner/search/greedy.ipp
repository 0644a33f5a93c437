// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <cstddef>

#include <multipruner/search/greedy.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline search {

MULTIPRUNER_INLINE SearchResult Greedy::stopped(SearchResult result, SearchOutcome outcome) {
  result.outcome = outcome;
  return result;
}

MULTIPRUNER_INLINE SearchStep Greedy::score(std::span<const Edit> edits, const Plan& plan,
                                            const SearchProblem& problem) {
  std::vector<Plan> plans;
  for (const Edit& edit : edits) plans.push_back(apply(edit, plan));
  const std::vector<PlanCost> costs = problem.costs_of(plans, true);
  SearchStep step;
  for (std::size_t i = 0; i < edits.size(); ++i) step.candidates.push_back({edits[i], costs[i]});
  return step;
}

MULTIPRUNER_INLINE const Candidate* Greedy::cheapest(std::span<const Candidate> candidates, const Plan& plan,
                                                     const PlanScore& score) {
  const Candidate* best = nullptr;
  double lowest = 0;
  for (const Candidate& candidate : candidates) {
    const auto& [cost, exact] = candidate.cost;
    const double value = score && exact ? score(cost, apply(candidate.edit, plan)) : cost;
    if (!exact || !std::isfinite(cost) || !std::isfinite(value) || (best != nullptr && value >= lowest)) continue;
    best = &candidate;
    lowest = value;
  }
  return best;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline search
