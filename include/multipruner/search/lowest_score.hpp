// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <utility>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/search/detail/take_unmeasured.hpp>
#include <multipruner/search/search_result.hpp>
#include <multipruner/search/search_space.hpp>
#include <multipruner/search/search_strategy.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline search {

/// What an edit of a plan is worth, known without measuring any plan: the lower, the sooner it goes.
using EditScore = std::function<double(const Edit& edit, const Plan& before)>;

/// Takes the open edit with the lowest score again and again, the first one of equals, and measures nothing: what
/// one-shot pruning comes to.
class LowestScore {
 public:
  /// All edits are alike: they go in the order of the space.
  LowestScore() = default;
  explicit LowestScore(EditScore score) : score_(std::move(score)) {}

  /// Stops at the first plan at or beyond the target. An edit whose score is not finite is never taken.
  template <SearchSpace Space>
  [[nodiscard]] SearchResult search(const Space& space, Plan start, const SearchProblem& problem) const {
    SearchResult result{std::move(start), {}, SearchOutcome::reached};
    while (problem.ratio_of(result.plan) < problem.target) {
      const std::vector<Edit> edits = space.edits(result.plan);
      const Edit* lowest = lowest_of(edits, result.plan);
      if (lowest == nullptr) {
        result.outcome = edits.empty() ? SearchOutcome::no_candidate : SearchOutcome::no_finite_cost;
        break;
      }
      detail::take_unmeasured(*lowest, problem, result);
    }
    return result;
  }

 private:
  /// Null where no score is finite.
  [[nodiscard]] const Edit* lowest_of(const std::vector<Edit>& edits, const Plan& plan) const;

  EditScore score_;
};

static_assert(SearchStrategy<LowestScore>);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline search

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/search/lowest_score.ipp>
#endif
