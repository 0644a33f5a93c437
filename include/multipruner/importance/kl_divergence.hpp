// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include <multipruner/core/linkage.hpp>
#include <multipruner/graph/graph.hpp>
#include <multipruner/importance/plan_metric.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

class ReferenceStates;

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline importance {

/// How far a pruned model is from a reference, usually the unpruned one: the Kullback–Leibler divergence of its next
/// tokens from those of the reference, the mean over windows of each window's mean. It does not reward that a model
/// knows the calibration text, as the loss of its tokens does (EvoPress, arXiv 2410.14649; Týr, 2503.09657).
///
/// The reference runs over every window once, when it is first asked for; hidden_size floats a token are kept. Copies
/// share them.
class KlDivergence {
 public:
  static constexpr std::string_view name = "kl";
  static constexpr std::string_view version = "1";  ///< changes when the same models and text get another cost

  /// @param reference  must outlive the metric
  explicit KlDivergence(const Graph& reference);
  explicit KlDivergence(const Graph&&) = delete;

  /// @throws DataError for a window in which no token counts as a label; OptionError for a model of another vocabulary.
  void window_costs(const ModelView& view, MatrixView<const float> stream, const WindowRange& windows,
                    std::span<double> costs, Workspace& workspace) const;

  [[nodiscard]] double combine(const ModelView&, std::span<const double> costs) const;

  /// Divergences are not negative: the windows that are not measured yet cost at least nothing.
  [[nodiscard]] double lower_bound(const ModelView&, std::span<const double> costs, Index windows) const;

  /// In nats a token.
  [[nodiscard]] double display(double cost) const { return cost; }

 private:
  std::shared_ptr<detail::ReferenceStates> states_;
};

static_assert(BoundedMetric<KlDivergence>);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline importance

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/importance/kl_divergence.ipp>
#endif
