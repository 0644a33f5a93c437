// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/python_random.hpp>
#include <multipruner/search/detail/take_unmeasured.hpp>
#include <multipruner/search/search_result.hpp>
#include <multipruner/search/search_space.hpp>
#include <multipruner/search/search_strategy.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline search {

/// Takes open edits at random, each as likely as any other, and measures nothing: the baseline that every other
/// strategy has to beat.
class RandomWalk {
 public:
  RandomWalk() = default;
  explicit RandomWalk(std::uint64_t seed) : seed_(seed) {}

  /// Stops at the first plan at or beyond the target.
  template <SearchSpace Space>
  [[nodiscard]] SearchResult search(const Space& space, Plan start, const SearchProblem& problem) const {
    PythonRandom random(seed_ ^ fingerprint_of(start));  // stages and turns do not repeat each other's draws
    SearchResult result{std::move(start), {}, SearchOutcome::reached};
    while (problem.ratio_of(result.plan) < problem.target) {
      const std::vector<Edit> edits = space.edits(result.plan);
      if (edits.empty()) {
        result.outcome = SearchOutcome::no_candidate;
        break;
      }
      const Index drawn = random.sample(static_cast<Index>(edits.size()), 1).front();
      detail::take_unmeasured(edits[static_cast<std::size_t>(drawn)], problem, result);
    }
    return result;
  }

 private:
  [[nodiscard]] static std::uint64_t fingerprint_of(const Plan& plan);

  std::uint64_t seed_ = 42;
};

static_assert(SearchStrategy<RandomWalk>);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline search

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/search/random_walk.ipp>
#endif
