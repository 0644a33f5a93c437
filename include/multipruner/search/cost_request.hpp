// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <functional>
#include <limits>
#include <string_view>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/types.hpp>
#include <multipruner/plan/plan.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline search {

/// How far the measuring of a batch of plans is.
struct BatchState {
  Index done = 0, total = 0;  ///< units of work
  Index plans = 0;
  Index plans_done = 0;                                   ///< measured to the end, or dropped
  double best = std::numeric_limits<double>::infinity();  ///< the cost of the cheapest that is measured to the end
};

/// Told how far a batch is; often, also where nothing has changed.
using BatchObserver = std::function<void(const BatchState&)>;

/// What the plans of a batch are compared by, where that is not their cost alone: for example the cost and what the
/// plan leaves of the model. It must rise with the cost, so that a bound of the cost is one of the score. With a
/// confidence (EvaluatorOptions), it must be linear in the cost as well: plans are then compared by the scores of
/// single windows.
using PlanScore = std::function<double(double cost, const Plan& plan)>;

/// What is asked of an objective about a batch of plans.
struct CostRequest {
  std::string_view samples{};  ///< the name of the windows that count; empty: the first ones of the calibration
  /// Only the first cheapest plan is of interest: the objective may stop measuring a plan as soon as it cannot be that
  /// one, and then answers with a bound that it exceeds.
  bool only_cheapest = false;
  PlanScore score{};  ///< that is the lowest for the cheapest plan; empty: its cost is
  /// Below 1: of every plan an estimate is enough, its cost on about this share of the windows, the same ones for all.
  /// An objective may measure all of them nevertheless.
  double share = 1;
  BatchObserver on_batch{};

  /// What a plan of a cost is compared by. A cost that is not finite stays what it is, whatever the score makes of it.
  [[nodiscard]] double score_of(double cost, const Plan& plan) const {
    return score && std::isfinite(cost) ? score(cost, plan) : cost;
  }
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline search
