// SPDX-License-Identifier: MIT
#pragma once

#include <utility>

#include <multipruner/search/detail/plan_evaluator.hpp>
#include <multipruner/search/evaluator.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline search {

MULTIPRUNER_INLINE Evaluator::Evaluator(EvaluatorInputs inputs)
    : evaluator_(std::make_unique<detail::PlanEvaluator<detail::ForwardEngine>>(std::move(inputs))) {}

MULTIPRUNER_INLINE Evaluator::~Evaluator() = default;

MULTIPRUNER_INLINE std::vector<PlanCost> Evaluator::costs(std::span<const Plan> plans, const CostRequest& request) {
  return evaluator_->costs(plans, request);
}

MULTIPRUNER_INLINE void Evaluator::require_samples(std::string_view name) const {
  (void)evaluator_->samples(name);
}

MULTIPRUNER_INLINE double Evaluator::display(double cost) const {
  return evaluator_->metric().display(cost);
}

MULTIPRUNER_INLINE const EvaluatorStatistics& Evaluator::statistics() const {
  return evaluator_->statistics();
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline search
