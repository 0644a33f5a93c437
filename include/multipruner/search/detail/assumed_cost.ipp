#pragma once

#include <algorithm>
#include <cstddef>
#include <numeric>

#include <multipruner/search/detail/assumed_cost.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

MULTIPRUNER_INLINE double AssumedCosts::of(const Plan& plan) const {
  constexpr double growth = 1.5;  // what a block adds grows faster than the share that it loses
  double cost = base;
  for (Index position = 0; position < plan.num_blocks(); ++position) {
    const BlockId block = block_at(position);
    const auto i = static_cast<std::size_t>(position);
    const auto full = static_cast<double>(graph->width(block)), width = static_cast<double>(plan.width(block));
    if (full == 0 || width == full) continue;
    cost += width == 0 ? removed[i] : narrowed[i] * std::pow((full - width) / full / narrowed_by, growth);
  }
  return cost;
}

MULTIPRUNER_INLINE void AssumedCost::window_costs(const ModelView& view, MatrixView<const float>,
                                                  const WindowRange& windows, std::span<double> losses,
                                                  Workspace&) const {
  *measured += windows.count;
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
