// error: AnyMetric: the metric must be a PlanMetric
#include <multipruner/calibration/calibration.hpp>
#include <multipruner/importance/l1.hpp>
#include <multipruner/search/evaluator.hpp>

using namespace multipruner;

double cost(const Graph& graph, const Calibration& calibration, const Plan& plan) {
  Evaluator evaluator({graph, calibration, L1{}});  // a metric, but of units
  return evaluator.costs({&plan, 1}, {.samples = block_samples}).front().value;
}
