// SPDX-License-Identifier: MIT
#pragma once

#include <type_traits>
#include <utility>

#include <multipruner/core/linkage.hpp>
#include <multipruner/importance/block_metric.hpp>
#include <multipruner/importance/stream_span.hpp>
#include <multipruner/policy/detail/layer_walk.hpp>
#include <multipruner/policy/layer_pruning_options.hpp>
#include <multipruner/policy/pruning_policy.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline policy {

/// Scores whole layers once, on the model as it is given, and removes those with the lowest scores, until the target is
/// reached. No plan is measured: the costs of its steps are NaN.
///
/// @tparam Metric  a BlockMetric that is made of ModelStatistics and a StreamSpan: BlockInfluence, RelativeMagnitude,
/// AngularDistance
template <class Metric>
class OneShotLayers {
  static_assert(
      BlockMetric<Metric>,
      "OneShotLayers<Metric>: Metric must be a BlockMetric: name, and score(graph, block) returning a double");
  static_assert(std::is_constructible_v<Metric, const ModelStatistics&, StreamSpan>,
                "OneShotLayers<Metric>: Metric must be made of statistics and a StreamSpan, and say what it `needs`");

 public:
  using Options = LayerPruningOptions;

  explicit OneShotLayers(Options options) : options_(std::move(options)) {}

  /// Runs out of layers where too few may go; the result then says so.
  /// @throws OptionError for a ratio or a number that cannot be, or a block to keep that is not there; what gathering
  /// the metric's statistics throws; DataError for a score that is not finite.
  [[nodiscard]] PruningResult run(const RunContext& context) const {
    detail::LayerWalk walk(context, options_);
    const Metric metric(context.statistics.gather(Metric::needs), StreamSpan::layer);
    for (const Edit& layer : detail::order_layers(context.graph, metric, walk.layers())) {
      if (walk.reached()) break;
      walk.take(layer);
    }
    return std::move(walk).finish();
  }

 private:
  Options options_;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline policy
