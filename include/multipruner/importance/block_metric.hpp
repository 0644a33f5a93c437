#pragma once

#include <algorithm>
#include <cmath>
#include <concepts>
#include <string>
#include <string_view>
#include <vector>

#include <multipruner/core/error.hpp>
#include <multipruner/core/linkage.hpp>
#include <multipruner/graph/graph.hpp>

namespace multipruner::inline MULTIPRUNER_ABI {

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

/// All blocks of a graph in the order in which a one-shot pruner removes them: the lowest score first, equal scores in
/// the order of the residual stream.
/// @throws DataError if a score is not finite.
template <class Metric>
[[nodiscard]] std::vector<ScoredBlock> order_blocks(const Graph& graph, const Metric& metric) {
  static_assert(BlockMetric<Metric>,
                "order_blocks<Metric>: Metric must be a BlockMetric: name, and score(graph, block) returning a double");
  std::vector<ScoredBlock> order;
  for (Index position = 0; position < graph.config().num_blocks(); ++position) {
    const BlockId block = block_at(position);
    if (graph.width(block) == 0) continue;
    const double score = metric.score(graph, block);
    if (!std::isfinite(score)) {
      throw DataError(label_of(block), "the " + std::string(Metric::name) + " score is not finite",
                      "Check the weights of this layer");
    }
    order.push_back({block, score});
  }
  std::ranges::stable_sort(order, {}, &ScoredBlock::score);
  return order;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI
