// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <utility>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/search/lazy_greedy_options.hpp>
#include <multipruner/search/search_result.hpp>
#include <multipruner/search/search_space.hpp>
#include <multipruner/search/search_strategy.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline search {

/// Greedy, but what cannot be the cheapest by what it cost before is not measured again (lazy evaluation, Minoux 1978).
///
/// What an edit adds to the cost is taken to fall little when others are made: `LazyGreedyOptions::slack` says how
/// little. Edits are measured in the order of what they added when they were measured last, until the cheapest that was
/// measured is below what the next one would cost at best. Now and then all are measured. Where that assumption holds,
/// the decisions are those of Greedy.
///
/// A step tells what was not measured, and what it was taken to cost (`SearchStep::assumed`).
class LazyGreedy {
 public:
  LazyGreedy() = default;
  /// @throws OptionError for options out of range
  explicit LazyGreedy(LazyGreedyOptions options);

  /// Stops at the first plan at or beyond the target.
  /// @throws OptionError if the cost function does not give one cost per plan.
  template <SearchSpace Space>
  [[nodiscard]] SearchResult search(const Space& space, Plan start, const SearchProblem& problem) const {
    return walk([&](const Plan& plan) { return space.edits(plan); }, std::move(start), problem);
  }

 private:
  using EditsOf = std::function<std::vector<Edit>(const Plan& plan)>;

  [[nodiscard]] SearchResult walk(const EditsOf& edits_of, Plan start, const SearchProblem& problem) const;

  LazyGreedyOptions options_;
};

static_assert(SearchStrategy<LazyGreedy>);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline search

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/search/lazy_greedy.ipp>
#endif
