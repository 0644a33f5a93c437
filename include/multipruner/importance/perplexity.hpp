// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <span>
#include <string_view>

#include <multipruner/blocks/workspace.hpp>
#include <multipruner/calibration/window_range.hpp>
#include <multipruner/core/linkage.hpp>
#include <multipruner/plan/model_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline importance {

/// Calibration perplexity, the metric of BlockPruner and MultiPruner: exp of the mean over windows of each window's
/// mean next-token loss. Windows weigh equally, however many labels they ignore.
///
/// Costs are compared as mean losses in double precision: the order is the same, and nothing overflows.
struct Perplexity {
  static constexpr std::string_view name = "perplexity";
  static constexpr std::string_view version = "1";  ///< changes when the same model and text get another cost

  /// @throws DataError for a window in which no token counts as a label.
  void window_costs(const ModelView& view, MatrixView<const float> stream, const WindowRange& windows,
                    std::span<double> costs, Workspace& workspace) const;

  [[nodiscard]] double combine(const ModelView&, std::span<const double> costs) const;

  /// Token losses are not negative: the windows that are not measured yet cost at least nothing.
  [[nodiscard]] double lower_bound(const ModelView&, std::span<const double> costs, Index windows) const;

  [[nodiscard]] double display(double cost) const { return std::exp(cost); }
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline importance

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/importance/perplexity.ipp>
#endif
