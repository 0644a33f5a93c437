// error: Pruner<Metric, Policy>: Policy must be a PruningPolicy
#include <multipruner/importance/perplexity.hpp>
#include <multipruner/pruner/pruner.hpp>

struct NotAPolicy {
  struct Options {};
  explicit NotAPolicy(Options) {}
};

multipruner::Pruner<multipruner::Perplexity, NotAPolicy> pruner{NotAPolicy::Options{}};
