// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/importance/any_metric.hpp>
#include <multipruner/importance/perplexity.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline importance {

MULTIPRUNER_INLINE AnyMetric::AnyMetric() : AnyMetric(Perplexity{}) {}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline importance
