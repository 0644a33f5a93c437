// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/search/detail/plan_evaluator.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// An evaluator that runs nothing, with a metric that needs no streams: it counts the work of a run.
class CountingEvaluator final : public Objective {
 public:
  explicit CountingEvaluator(EvaluatorInputs inputs) : evaluator_(std::move(inputs)) {}

  [[nodiscard]] std::vector<PlanCost> costs(std::span<const Plan> plans, const CostRequest& request) override {
    return evaluator_.costs(plans, request);
  }
  void require_samples(std::string_view name) const override { (void)evaluator_.samples(name); }
  [[nodiscard]] double display(double cost) const override { return evaluator_.metric().display(cost); }

  [[nodiscard]] const EvaluatorStatistics& statistics() const { return evaluator_.statistics(); }
  [[nodiscard]] const CountingEngine& engine() const { return evaluator_.engine(); }

 private:
  PlanEvaluator<CountingEngine> evaluator_;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
