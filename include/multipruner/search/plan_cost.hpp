// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/core/linkage.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline search {

/// What a plan costs.
struct PlanCost {
  double value = 0;
  /// Otherwise the plan costs at least `value`, and another plan of the batch costs less; or, where that was asked for,
  /// `value` is an estimate.
  bool exact = true;

  friend constexpr bool operator==(const PlanCost&, const PlanCost&) = default;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline search
