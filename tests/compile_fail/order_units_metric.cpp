// error: order_units<Metric>: Metric must be a UnitMetric
#include <multipruner/importance/perplexity.hpp>
#include <multipruner/importance/reorder.hpp>

multipruner::UnitOrder order(const multipruner::Graph& graph) {
  return multipruner::order_units<multipruner::Perplexity>(graph);  // a metric, but of plans
}
