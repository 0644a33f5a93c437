// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>

#include <multipruner/core/error.hpp>
#include <multipruner/search/search_problem.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// @throws OptionError unless there are as many costs as plans
inline void require_one_each(std::size_t costs, std::size_t plans) {
  if (costs == plans) return;
  throw OptionError("cost function",
                    "it gave " + std::to_string(costs) + " costs for " + std::to_string(plans) + " plans",
                    "Return one cost for every plan");
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline search {

MULTIPRUNER_INLINE std::vector<PlanCost> SearchProblem::costs_of(std::span<const Plan> plans,
                                                                 bool only_cheapest) const {
  std::vector<PlanCost> given = costs(plans, only_cheapest);
  detail::require_one_each(given.size(), plans.size());
  return given;
}

MULTIPRUNER_INLINE std::vector<double> SearchProblem::estimates_of(std::span<const Plan> plans, double share) const {
  std::vector<double> given = estimates(plans, share);
  detail::require_one_each(given.size(), plans.size());
  return given;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline search
