// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <numeric>

#include <multipruner/policy/detail/assumed_cost.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

MULTIPRUNER_INLINE double AssumedCosts::of(const Plan& plan) const {
  constexpr double growth = 1.5;  // what a block adds grows faster than the share that it loses
  double cost = base;
  for (Index position = 0; position < plan.num_blocks(); ++position) {
    const BlockId block{position};
    const auto i = static_cast<std::size_t>(position);
    if (plan.choice(block) == graph->present(block)) continue;
    if (plan.removed(block)) cost += removed[i];
    for (std::size_t axis = 0; axis < plan.blocks()[block].kind().axes.size() && !plan.removed(block); ++axis) {
      const auto full = static_cast<double>(graph->width({block, axis}));
      const auto width = static_cast<double>(plan.width({block, axis}));
      if (width < full) cost += narrowed[i] * std::pow((full - width) / full / narrowed_by, growth);
    }
  }
  return cost;
}

MULTIPRUNER_INLINE void AssumedCost::window_costs(const ModelView& view, MatrixView<const float>,
                                                  const WindowRange& windows, std::span<double> losses,
                                                  Workspace&) const {
  *measured += windows.rows();
  std::ranges::fill(losses, costs->of(view.plan()));
}

MULTIPRUNER_INLINE double AssumedCost::combine(const ModelView&, std::span<const double> losses) const {
  return std::accumulate(losses.begin(), losses.end(), 0.0) / static_cast<double>(losses.size());
}

MULTIPRUNER_INLINE double AssumedCost::lower_bound(const ModelView&, std::span<const double> losses,
                                                   Index windows) const {
  return std::accumulate(losses.begin(), losses.end(), 0.0) / static_cast<double>(windows);
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
