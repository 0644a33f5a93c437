// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/plan/plan.hpp>
#include <multipruner/search/cost_request.hpp>
#include <multipruner/search/plan_cost.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline search {

/// What policies and searches minimise: batches of plans in, costs out. They never run the model themselves.
class Objective {
 public:
  virtual ~Objective() = default;

  /// One cost per plan, in the order of the plans; lower is better, NaN and infinity mean that a plan does not work.
  /// The exact cost of a plan depends on neither the other plans of the batch nor on earlier batches.
  [[nodiscard]] virtual std::vector<PlanCost> costs(std::span<const Plan> plans, const CostRequest& request) = 0;

  /// Refuses samples that it cannot measure on, so that a run says so before anything is measured.
  /// @param name  as in CostRequest @throws DataError
  virtual void require_samples([[maybe_unused]] std::string_view name) const {}

  /// The number people know for a cost, e.g. a perplexity.
  [[nodiscard]] virtual double display(double cost) const { return cost; }
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline search
