// error: Evaluator<Metric>: Metric must be a PlanMetric
#include <multipruner/importance/l1.hpp>
#include <multipruner/search/evaluator.hpp>

using namespace multipruner;

double cost(const Graph& graph, const Calibration& calibration, const Plan& plan) {
  Evaluator evaluator(graph, calibration, L1{});  // a metric, but of units
  return evaluator.costs({&plan, 1}, {.set = CalibrationSet::block}).front().value;
}
