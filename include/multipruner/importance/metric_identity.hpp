// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include <multipruner/core/linkage.hpp>
#include <multipruner/importance/plan_metric.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline importance {

/// What tells the costs of a metric from those of another one where they are kept: its name and, if it has one, its
/// `version`, which must change with all that `window_costs` depends on, options of the metric included.
template <PlanMetric Metric>
[[nodiscard]] std::string metric_identity([[maybe_unused]] const Metric& metric) {
  std::string identity(Metric::name);
  if constexpr (requires { std::string(metric.version); }) identity += " " + std::string(metric.version);
  return identity;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline importance
