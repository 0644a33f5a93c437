// error: Pruner<Metric, Policy>: Metric must be a PlanMetric
#include <multipruner/policy/sequential_threshold.hpp>
#include <multipruner/pruner/pruner.hpp>

struct NotAMetric {
  static constexpr const char* name = "a name is not enough";
};

multipruner::Pruner<NotAMetric, multipruner::SequentialThreshold<>> pruner{{.ratio = 20}};
