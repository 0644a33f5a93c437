// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/core/linkage.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline search {

/// What a plan costs.
struct PlanCost {
  double value = 0;
  bool exact = true;  ///< otherwise the plan costs at least `value`, and another plan of the batch costs less

  friend constexpr bool operator==(const PlanCost&, const PlanCost&) = default;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline search
