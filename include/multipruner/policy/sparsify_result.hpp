// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/graph/graph.hpp>
#include <multipruner/policy/sparsified_linear.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline policy {

/// A model whose weights were pruned, and how it came about.
struct SparsifyResult {
  Graph graph;                            ///< of the same shapes and scalar types; what was skipped is shared
  std::vector<SparsifiedLinear> linears;  ///< in the order in which they were pruned
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline policy
