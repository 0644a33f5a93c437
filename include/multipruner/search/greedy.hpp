// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <utility>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/search/search_result.hpp>
#include <multipruner/search/search_space.hpp>
#include <multipruner/search/search_strategy.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline search {

/// Takes the cheapest edit again and again (MultiPruner, Algorithm 1; BlockPruner).
///
/// Every step scores all open edits in addition to those already taken; the first strictly smallest finite cost, or
/// score, wins.
struct Greedy {
  /// Stops at the first plan at or beyond the target.
  /// @throws OptionError if the cost function does not give one cost per plan.
  template <SearchSpace Space>
  [[nodiscard]] SearchResult search(const Space& space, Plan start, const SearchProblem& problem) const {
    SearchResult result{std::move(start), {}, SearchOutcome::reached};
    while (problem.ratio_of(result.plan) < problem.target) {
      const std::vector<Edit> edits = space.edits(result.plan);
      if (edits.empty()) return stopped(std::move(result), SearchOutcome::no_candidate);
      SearchStep step = score(edits, result.plan, problem);
      const Candidate* best = cheapest(step.candidates, result.plan, problem.score);
      if (best == nullptr) return stopped(std::move(result), SearchOutcome::no_finite_cost);
      step.edit = best->edit;
      step.cost = best->cost.value;
      result.plan = apply(step.edit, std::move(result.plan));
      step.ratio = problem.ratio_of(result.plan);
      result.steps.push_back(std::move(step));
      if (problem.on_step) problem.on_step(result.steps.back());
    }
    return result;
  }

 private:
  static SearchResult stopped(SearchResult result, SearchOutcome outcome);

  static SearchStep score(std::span<const Edit> edits, const Plan& plan, const SearchProblem& problem);

  /// @param plan  that the candidates are edits of
  static const Candidate* cheapest(std::span<const Candidate> candidates, const Plan& plan, const PlanScore& score);
};

static_assert(SearchStrategy<Greedy>);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline search

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/search/greedy.ipp>
#endif
