// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/importance/perplexity.hpp>
#include <multipruner/run/cost_metric.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline running {

MULTIPRUNER_INLINE Registry<CostMetric> shipped_cost_metrics() {
  return {"--metric", {cost_metric(Perplexity{})}};
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline running
