// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <cmath>
#include <cstring>
#include <string>

#include <multipruner/core/error.hpp>
#include <multipruner/core/parallel.hpp>
#include <multipruner/graph/finite.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline graph {

MULTIPRUNER_INLINE bool is_finite(const WeightView& weight) {
  std::atomic<bool> finite{true};
  weight.visit([&](const auto matrix) {
    parallel_for(matrix.rows, [&](Index row) {
      bool row_finite = true;
      for (Index column = 0; column < matrix.columns; ++column) {
        row_finite &= std::isfinite(to_float(matrix.row(row)[column]));
      }
      if (!row_finite) finite.store(false, std::memory_order_relaxed);
    });
  });
  return finite;
}

MULTIPRUNER_INLINE void require_finite(const Graph& graph) {
  for_each_tensor(graph, [&](TensorRole role, Index layer, const WeightView& view) {
    const bool fine = !view || is_finite(view);
    graph.release(view);
    if (fine) return;
    throw DataError(graph.origin().label(role, layer), "the weights contain NaN or infinity",
                    "Get the checkpoint again; it was damaged, or its training or conversion went wrong");
  });
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline graph
