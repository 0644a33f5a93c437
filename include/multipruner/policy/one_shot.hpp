// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <utility>

#include <multipruner/core/linkage.hpp>
#include <multipruner/importance/unit_metric.hpp>
#include <multipruner/policy/detail/remove_lowest_units.hpp>
#include <multipruner/policy/one_shot_options.hpp>
#include <multipruner/policy/pruning_policy.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline policy {

/// Scores all channels of MLPs and all heads of attention once, in the unpruned model, and removes groups of them, the
/// lowest mean first, wherever they are, until the target: with Flap and `ScoreScale::standard`, the adaptive search of
/// FLAP (arXiv 2312.11983, section 3.3).
///
/// Blocks lose their last units, so these should have been ordered by the same metric before (`reorder`).
///
/// @tparam Metric a UnitMetric: one with `needs` is made from statistics of the activations (OutputNorm, Flap, Obs),
/// another one without anything (L1)
template <class Metric>
class OneShot {
  static_assert(UnitMetric<Metric>,
                "OneShot<Metric>: Metric must be a UnitMetric: name, and scores(graph, axis) returning a "
                "std::vector<double>");

 public:
  using Options = OneShotOptions;

  explicit OneShot(Options options) : options_(std::move(options)) {}

  /// @throws OptionError for a ratio, a group or a block to keep that cannot work, or a metric that does not give one
  /// score a unit; DataError for a score that is not finite
  [[nodiscard]] PruningResult run(const RunContext& context) const {
    if constexpr (requires { Metric::needs; }) {
      return remove(context, Metric(context.statistics.gather(Metric::needs)));
    } else {
      return remove(context, Metric());
    }
  }

  [[nodiscard]] double target() const { return options_.ratio; }

  /// The same policy, which stops at a smaller ratio.
  [[nodiscard]] OneShot until(double ratio) const {
    Options options = options_;
    options.ratio = std::min(options.ratio, ratio);
    return OneShot(std::move(options));
  }

 private:
  [[nodiscard]] PruningResult remove(const RunContext& context, const Metric& metric) const {
    return detail::remove_lowest_units(context, options_, Metric::name,
                                       [&](BlockAxis axis) { return metric.scores(context.graph, axis); });
  }

  Options options_;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline policy
