// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <span>
#include <string_view>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/importance/plan_metric.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// What plans are taken to cost before anything is measured in full: a base, and what each changed block adds.
struct AssumedCosts {
  double base = 0;
  std::vector<double> removed;   ///< what the removal of the block at a position adds
  std::vector<double> narrowed;  ///< what the loss of `narrowed_by` of its width adds
  double narrowed_by = 1;        ///< a share
  /// How strongly what one change adds depends on others, about, as a share of it; otherwise a search that goes by what
  /// it knows already would meet no surprise.
  double interaction = 0.3;
  const Graph* graph = nullptr;

  [[nodiscard]] double of(const Plan& plan) const;

 private:
  [[nodiscard]] double added_at(const Plan& plan, BlockId block) const;
};

/// The metric that goes with them; it needs no streams. Counts the tokens whose loss would be measured.
struct AssumedCost {
  static constexpr std::string_view name = "assumed";

  const AssumedCosts* costs = nullptr;
  Index* measured = nullptr;

  void window_costs(const ModelView& view, MatrixView<const float>, const WindowRange& windows,
                    std::span<double> losses, Workspace&) const;
  [[nodiscard]] double combine(const ModelView&, std::span<const double> losses) const;
  [[nodiscard]] double lower_bound(const ModelView&, std::span<const double> losses, Index windows) const;
  [[nodiscard]] double display(double cost) const { return std::exp(cost); }
};

static_assert(BoundedMetric<AssumedCost>);

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/policy/detail/assumed_cost.ipp>
#endif
