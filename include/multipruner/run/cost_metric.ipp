// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include <multipruner/importance/kl_divergence.hpp>
#include <multipruner/importance/perplexity.hpp>
#include <multipruner/run/cost_metric.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline running {

MULTIPRUNER_INLINE Registry<CostMetric> shipped_cost_metrics() {
  const auto divergence = [](const Graph& dense, const Calibration&) { return AnyMetric(KlDivergence(dense)); };
  const std::string identity = std::string(KlDivergence::name) + " " + std::string(KlDivergence::version);
  return {"--metric",
          {cost_metric(Perplexity{}),
           {.name = std::string(KlDivergence::name),
            .title = "KL divergence from the unpruned model",
            .make = divergence,
            .identity = identity,
            .head_products = 2,
            .takes_memory = true}}};
}

MULTIPRUNER_INLINE std::string title_of_metric(const RunSpec& spec) {
  const Registry<CostMetric> shipped = shipped_cost_metrics();
  const CostMetric* metric = shipped.find(spec.metric);
  return metric == nullptr || metric->title.empty() ? spec.metric : metric->title;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline running
