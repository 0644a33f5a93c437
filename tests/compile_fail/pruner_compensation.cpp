// error: Pruner<Metric, Policy, Compensation>: Compensation must be a Compensator
#include <multipruner/importance/perplexity.hpp>
#include <multipruner/policy/sequential_threshold.hpp>
#include <multipruner/pruner/pruner.hpp>

struct NotACompensation {};

multipruner::Pruner<multipruner::Perplexity, multipruner::SequentialThreshold<>, NotACompensation> pruner{{}};
