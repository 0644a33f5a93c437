// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/core/linkage.hpp>
#include <multipruner/run/compensation_method.hpp>
#include <multipruner/run/cost_metric.hpp>
#include <multipruner/run/model_format.hpp>
#include <multipruner/run/policy_method.hpp>
#include <multipruner/run/registry.hpp>
#include <multipruner/run/shipped_policies.hpp>
#include <multipruner/run/unit_ordering.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline running {

/// What a run chooses from by name: what ships, and what a user adds to a copy.
struct RunRegistries {
  Registry<PolicyMethod> policies = shipped_policies();
  Registry<CostMetric> metrics = shipped_cost_metrics();
  Registry<UnitOrdering> orderings = shipped_unit_orderings();
  Registry<CompensationMethod> compensations = shipped_compensation_methods();
  Registry<ModelFormat> formats = shipped_model_formats();
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline running
