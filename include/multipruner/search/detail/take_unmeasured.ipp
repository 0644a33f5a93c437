// SPDX-License-Identifier: MIT
#pragma once

#include <limits>
#include <utility>

#include <multipruner/search/detail/take_unmeasured.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

MULTIPRUNER_INLINE void take_unmeasured(const Edit& edit, const SearchProblem& problem, SearchResult& result) {
  SearchStep step{.edit = edit, .cost = std::numeric_limits<double>::quiet_NaN()};
  result.plan = apply(edit, std::move(result.plan));
  step.ratio = problem.ratio_of(result.plan);
  result.steps.push_back(std::move(step));
  if (problem.on_step) problem.on_step(result.steps.back());
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
