// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <utility>

#include <multipruner/policy/detail/assumed_cost.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// From −1 to 1, the same for the same pair of changes.
inline double surprise(const Plan& plan, Index a, Index b) {
  std::uint64_t word = static_cast<std::uint64_t>(a) << 32 | static_cast<std::uint64_t>(b);
  for (const Index position : {a, b}) {
    for (const Index width : plan.choice({position}).widths) {
      word = (word ^ static_cast<std::uint64_t>(width)) * 0x9E3779B97F4A7C15u;  // SplitMix64's constants
      word ^= word >> 29;
    }
  }
  word = (word ^ word >> 27) * 0x94D049BB133111EBu;
  return static_cast<double>(word >> 11) / static_cast<double>(std::uint64_t{1} << 52) - 1.0;
}

MULTIPRUNER_INLINE double AssumedCosts::added_at(const Plan& plan, BlockId block) const {
  constexpr double growth = 2;  // what a block adds grows faster than the share that it loses
  const auto i = static_cast<std::size_t>(block.position);
  if (plan.choice(block) == graph->present(block)) return 0;
  if (plan.removed(block)) return removed[i];
  double added = 0;
  for (std::size_t axis = 0; axis < plan.blocks()[block].kind().axes.size(); ++axis) {
    const auto full = static_cast<double>(graph->width({block, axis}));
    const auto width = static_cast<double>(plan.width({block, axis}));
    if (width < full) added += narrowed[i] * std::pow((full - width) / full / narrowed_by, growth);
  }
  return added;
}

MULTIPRUNER_INLINE double AssumedCosts::of(const Plan& plan) const {
  std::vector<std::pair<Index, double>> changes;
  double cost = base;
  for (Index position = 0; position < plan.num_blocks(); ++position) {
    const double added = added_at(plan, {position});
    if (added == 0) continue;
    cost += added;
    for (const auto& [other, of_other] : changes) {
      cost += interaction * surprise(plan, other, position) * std::sqrt(std::abs(added * of_other));
    }
    changes.emplace_back(position, added);
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
