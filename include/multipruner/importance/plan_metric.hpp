// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <span>
#include <string_view>

#include <multipruner/blocks/workspace.hpp>
#include <multipruner/calibration/window_range.hpp>
#include <multipruner/core/linkage.hpp>
#include <multipruner/plan/model_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline importance {

/// What a pruned model costs on calibration windows; lower is better.
///
/// A metric does not run the model: it is given the residual stream after the last block (rows × its width there, the
/// windows stacked), so that plans with a common beginning can share their work.
///
/// * `window_costs(view, stream, windows, costs, workspace)` writes one cost per window. A window's cost must not
/// depend
///   on which windows are stacked with it.
/// * `combine(view, costs)` makes one cost out of those of all windows; NaN and infinity never win a comparison.
/// * `display(cost)` is the number that people know, e.g. a perplexity for a mean loss.
template <class M>
concept PlanMetric = requires(const M& metric, const ModelView& view, MatrixView<const float> stream,
                              const WindowRange& windows, std::span<double> costs, Workspace& workspace) {
  { M::name } -> std::convertible_to<std::string_view>;
  { metric.window_costs(view, stream, windows, costs, workspace) } -> std::same_as<void>;
  { metric.combine(view, std::span<const double>(costs)) } -> std::convertible_to<double>;
  { metric.display(0.0) } -> std::convertible_to<double>;
};

/// A metric whose costs only grow with the windows that are measured, so that a search can drop a plan early.
///
/// `lower_bound(view, costs, windows)` is at most what `combine` makes of the costs of all `windows` windows, but for
/// the rounding of its sums, of which only `costs` are known so far, in any order. Costs of any sign will do, where the
/// bound knows what the other windows may cost at least. For rounding, 10⁻⁹ of the bound, or of the mean magnitude of a
/// window's cost if that is more, is taken off.
template <class M>
concept BoundedMetric = PlanMetric<M> && requires(const M& metric, const ModelView& view) {
  { metric.lower_bound(view, std::span<const double>(), Index{}) } -> std::convertible_to<double>;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline importance
