// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <cstddef>
#include <numeric>

#include <multipruner/calibration/detail/require_labels.hpp>
#include <multipruner/calibration/window_losses.hpp>
#include <multipruner/importance/perplexity.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline importance {

MULTIPRUNER_INLINE void Perplexity::window_costs(const ModelView& view, MatrixView<const float> stream,
                                                 const WindowRange& windows, std::span<double> costs,
                                                 Workspace& workspace) const {
  window_losses(view.graph(), stream, windows, costs, workspace);
  detail::require_labels(windows, costs, "calibration");
}

MULTIPRUNER_INLINE double Perplexity::combine(const ModelView&, std::span<const double> costs) const {
  return std::accumulate(costs.begin(), costs.end(), 0.0) / static_cast<double>(costs.size());
}

MULTIPRUNER_INLINE double Perplexity::lower_bound(const ModelView&, std::span<const double> costs,
                                                  Index windows) const {
  return std::accumulate(costs.begin(), costs.end(), 0.0) / static_cast<double>(windows);
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline importance
