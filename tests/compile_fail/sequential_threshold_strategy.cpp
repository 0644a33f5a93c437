// error: SequentialThreshold<Strategy>: Strategy must be a SearchStrategy
#include <multipruner/policy/sequential_threshold.hpp>

struct NotAStrategy {
  void search() const {}
};

multipruner::SequentialThreshold<NotAStrategy> policy{{.ratio = 20}};
