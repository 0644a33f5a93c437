// error: order_blocks<Metric>: Metric must be a BlockMetric
#include <multipruner/importance/block_metric.hpp>
#include <multipruner/importance/l1.hpp>

auto order(const multipruner::Graph& graph) {
  return multipruner::order_blocks(graph, multipruner::L1{});  // a metric, but of units
}
