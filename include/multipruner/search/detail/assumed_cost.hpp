#pragma once

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>
#include <string_view>
#include <vector>

#include <multipruner/importance/plan_metric.hpp>

namespace multipruner::detail {

/// What plans are taken to cost before anything is measured in full: a base, and what each changed block adds.
struct AssumedCosts {
  double base = 0;
  std::vector<double> removed;   ///< what the removal of the block at a position adds
  std::vector<double> narrowed;  ///< what the loss of `narrowed_by` of its width adds
  double narrowed_by = 1;        ///< a share
  const Graph* graph = nullptr;

  [[nodiscard]] double of(const Plan& plan) const {
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
};

/// The metric that goes with them; it needs no streams. Counts the windows whose loss would be measured.
struct AssumedCost {
  static constexpr std::string_view name = "assumed";

  const AssumedCosts* costs = nullptr;
  Index* measured = nullptr;

  void window_costs(const ModelView& view, MatrixView<const float>, const WindowRange& windows,
                    std::span<double> losses, Workspace&) const {
    *measured += windows.count;
    std::ranges::fill(losses, costs->of(view.plan()));
  }
  [[nodiscard]] double combine(const ModelView&, std::span<const double> losses) const {
    return std::accumulate(losses.begin(), losses.end(), 0.0) / static_cast<double>(losses.size());
  }
  [[nodiscard]] double lower_bound(const ModelView&, std::span<const double> losses, Index windows) const {
    return std::accumulate(losses.begin(), losses.end(), 0.0) / static_cast<double>(windows);
  }
  [[nodiscard]] double display(double cost) const { return std::exp(cost); }
};

static_assert(BoundedMetric<AssumedCost>);

}  // namespace multipruner::detail
