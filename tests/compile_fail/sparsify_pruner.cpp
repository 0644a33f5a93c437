// error: sparsify: the pruner must be a WeightPruner
#include <multipruner/policy/sparsify.hpp>

multipruner::SparsifyResult prune(const multipruner::ModelView& view, const multipruner::TokenWindows& windows) {
  return multipruner::sparsify(view, windows, multipruner::Unstructured{50});  // a pattern, and no method
}
