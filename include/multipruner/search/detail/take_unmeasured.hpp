// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/core/linkage.hpp>
#include <multipruner/search/search_problem.hpp>
#include <multipruner/search/search_result.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// Goes on to the plan with an edit, as a step that was chosen without measuring what plans cost.
void take_unmeasured(const Edit& edit, const SearchProblem& problem, SearchResult& result);

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/search/detail/take_unmeasured.ipp>
#endif
