// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <utility>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/importance/block_metric.hpp>
#include <multipruner/policy/layer_pruning_options.hpp>
#include <multipruner/policy/pruning_result.hpp>
#include <multipruner/policy/run_context.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// The state of one run of a policy that removes layers without measuring plans: what is gone so far, and whether that
/// is enough.
class LayerWalk {
 public:
  /// @throws OptionError for options that cannot work for this model.
  LayerWalk(const RunContext& context, const LayerPruningOptions& options);

  /// The layers that may go, in the order of the residual stream.
  [[nodiscard]] std::vector<Edit> layers() const;

  /// Whether the target is reached.
  [[nodiscard]] bool reached() const { return reached_by(result_.plan, gone_); }

  /// Whether it would be with these layers gone, too.
  [[nodiscard]] bool reached_by(const std::vector<Edit>& layers) const;

  /// Removes a layer.
  void take(const Edit& layer);

  [[nodiscard]] PruningResult finish() &&;

 private:
  [[nodiscard]] bool reached_by(const Plan& plan, Index layers) const;

  const RunContext& context_;
  const LayerPruningOptions& options_;
  PruningResult result_;
  Index gone_ = 0;  ///< layers
};

/// Layers from the lowest score up, equal scores in the order in which they are given.
/// @param metric  of blocks, which scores every block as its layer
/// @throws DataError if a score is not finite.
template <class Metric>
[[nodiscard]] std::vector<Edit> order_layers(const Graph& graph, const Metric& metric, std::vector<Edit> layers) {
  std::vector<std::pair<double, Edit>> scored;
  for (Edit& layer : layers) {
    const BlockId block = layer.front().block;
    const double score = metric.score(graph, block);
    require_finite_score(graph.label(block), Metric::name, score);
    scored.emplace_back(score, std::move(layer));
  }
  std::ranges::stable_sort(scored, {}, [](const auto& layer) { return layer.first; });
  std::vector<Edit> order;
  for (auto& [score, layer] : scored) order.push_back(std::move(layer));
  return order;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/policy/detail/layer_walk.ipp>
#endif
