// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/graph/weights_fingerprint.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline graph {

MULTIPRUNER_INLINE Fingerprint fingerprint_of_weights(const Graph& graph) {
  Fingerprint fingerprint;
  for_each_place(graph, [&](const TensorPlace& place, const WeightView& tensor) {
    if (place.slot->optional && !tensor) return;
    fingerprint.add(place.role.name()).add(name_of(tensor.dtype));
    const Index facts[] = {place.block.position, tensor.rows, tensor.columns};
    fingerprint.add(std::span<const Index>(facts));
    const Index element = size_of(tensor.dtype);
    for (Index row = 0; row < tensor.rows; ++row) {
      fingerprint.add(static_cast<const char*>(tensor.data) + row * tensor.stride * element, tensor.columns * element);
    }
    graph.release(tensor);
  });
  return fingerprint;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline graph
