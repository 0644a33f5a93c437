// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>

#include <multipruner/core/linkage.hpp>
#include <multipruner/search/search_problem.hpp>
#include <multipruner/search/search_space.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline search {

/// How a stage of pruning looks for its moves.
///
/// `search(space, start, problem)` works for every SearchSpace, goes from the plan `start` until
/// `problem.ratio_of(plan) >= problem.target`, and returns where it arrived, with its steps. It learns what plans cost
/// from `problem.costs` alone, prefers to ask for many at once, never picks a plan whose cost is not finite, and calls
/// `problem.on_step`, if there is one, after every step. The same input gives the same plan. Running out of moves is an
/// outcome, not an error.
///
/// A strategy holds its options and no state of a search. (The concept can only try one space, block removal.)
template <class S>
concept SearchStrategy = requires(const S& strategy, const BlockRemoval& space, const Plan& start,
                                  const SearchProblem& problem) {
  { strategy.search(space, start, problem) } -> std::same_as<SearchResult>;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline search
