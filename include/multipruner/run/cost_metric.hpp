// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <string>

#include <multipruner/calibration/calibration.hpp>
#include <multipruner/core/linkage.hpp>
#include <multipruner/graph/graph.hpp>
#include <multipruner/importance/any_metric.hpp>
#include <multipruner/importance/metric_identity.hpp>
#include <multipruner/run/registry.hpp>
#include <multipruner/run/run_spec.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline running {

/// What the plans of a run cost.
struct CostMetric {
  std::string name = "perplexity";
  std::string title{};  ///< what people call it in a sentence; empty: its name

  /// The metric for a model and the windows on which plans are judged.
  std::function<AnyMetric(const Graph& dense, const Calibration& calibration)> make{};

  /// What tells its costs from those of others where they are kept, and so changes with all that they depend on; empty:
  /// the name does.
  std::string identity{};

  /// Products with the output head that the cost of a token takes; forecasts count them.
  double head_products = 1;

  /// Whether it keeps something of all windows, which a bound of memory does not know.
  bool takes_memory = false;

  [[nodiscard]] const std::string& key() const { return identity.empty() ? name : identity; }
};

/// A PlanMetric, for a registry, under its name.
template <PlanMetric Metric>
[[nodiscard]] CostMetric cost_metric(Metric metric) {
  return {.name = std::string(Metric::name),
          .make = [made = AnyMetric(metric)](const Graph&, const Calibration&) { return made; },
          .identity = metric_identity(metric)};
}

/// Those that ship: perplexity, and kl, the divergence from the unpruned model (`KlDivergence`).
[[nodiscard]] Registry<CostMetric> shipped_cost_metrics();

/// What people call the metric of a spec in a sentence: its name where it is none that ships.
[[nodiscard]] std::string title_of_metric(const RunSpec& spec);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline running

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/run/cost_metric.ipp>
#endif
