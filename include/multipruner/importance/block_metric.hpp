// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <string_view>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/graph/graph.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline importance {

/// Scores whole residual blocks: one finite number per block that is there; a block with a higher score matters more.
template <class M>
concept BlockMetric = requires(const M& metric, const Graph& graph, BlockId block) {
  { M::name } -> std::convertible_to<std::string_view>;
  { metric.score(graph, block) } -> std::same_as<double>;
};

/// A block and what a metric makes of it.
struct ScoredBlock {
  BlockId block;
  double score = 0;

  friend bool operator==(const ScoredBlock&, const ScoredBlock&) = default;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline importance

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// @param block  its label @throws DataError if a score is not finite
void require_finite_score(const std::string& block, std::string_view metric, double score);

void sort_by_score(std::vector<ScoredBlock>& blocks);

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline importance {

/// All blocks of a graph in the order in which a one-shot pruner removes them: the lowest score first, equal scores in
/// the order of the residual stream.
/// @throws DataError if a score is not finite.
template <class Metric>
[[nodiscard]] std::vector<ScoredBlock> order_blocks(const Graph& graph, const Metric& metric) {
  static_assert(BlockMetric<Metric>,
                "order_blocks<Metric>: Metric must be a BlockMetric: name, and score(graph, block) returning a double");
  std::vector<ScoredBlock> order;
  for (Index position = 0; position < graph.config().num_blocks(); ++position) {
    const BlockId block{position};
    if (!graph.has(block)) continue;
    const double score = metric.score(graph, block);
    detail::require_finite_score(graph.label(block), Metric::name, score);
    order.push_back({block, score});
  }
  detail::sort_by_score(order);
  return order;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline importance

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/importance/block_metric.ipp>
#endif
