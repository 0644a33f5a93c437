// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>

#include <multipruner/calibration/detail/require_labels.hpp>
#include <multipruner/core/error.hpp>
#include <multipruner/evaluation/require_finite_loss.hpp>
#include <multipruner/forward/first_non_finite.hpp>
#include <multipruner/graph/finite.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline evaluation {

MULTIPRUNER_INLINE void require_finite_loss(const ModelView& view, const TokenWindows& windows,
                                            const PerplexityResult& result, const std::string& where,
                                            simd::Compute compute, const std::string& remedy) {
  const auto bad = std::ranges::find_if(result.window_nll, [](double nll) { return !std::isfinite(nll); });
  if (bad == result.window_nll.end()) return;
  const auto index = static_cast<Index>(bad - result.window_nll.begin());
  const WindowRange window{&windows, index, 1};
  detail::require_labels(window, where);
  require_finite(view.graph());
  const NonFinitePlace place = first_non_finite(view, window.tokens(), window.batch(), compute);
  throw DataError(where,
                  "the model's loss on window " + std::to_string(index) +
                      " is not finite; NaN or infinity first appears in " + label_of(place, view.config()),
                  remedy);
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline evaluation
