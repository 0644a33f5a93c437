// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/compensation/no_compensation.hpp>
#include <multipruner/plan/extract.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline compensation {

MULTIPRUNER_INLINE CompensatedModel NoCompensation::compensate(const ModelView&, const ModelView& pruned,
                                                               const TokenWindows&, ProgressSink&) const {
  return {extract(pruned)};
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline compensation
