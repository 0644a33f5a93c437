// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include <multipruner/core/error.hpp>
#include <multipruner/search/search_problem.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline search {

MULTIPRUNER_INLINE std::vector<PlanCost> SearchProblem::costs_of(std::span<const Plan> plans,
                                                                 bool only_cheapest) const {
  std::vector<PlanCost> given = costs(plans, only_cheapest);
  if (given.size() == plans.size()) return given;
  throw OptionError("cost function",
                    "it gave " + std::to_string(given.size()) + " costs for " + std::to_string(plans.size()) + " plans",
                    "Return one cost for every plan");
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline search
