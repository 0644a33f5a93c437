// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>

#include <multipruner/graph/store_weights.hpp>
#include <multipruner/simd/convert.hpp>
#include <multipruner/tensor/aligned_buffer.hpp>
#include <multipruner/tensor/require_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline graph {

MULTIPRUNER_INLINE WeightView store_weights(WeightStore& store, MatrixView<const double> weights, DType dtype) {
  require_view(weights, "store_weights", "the weights");
  return store.fill(weights.rows, weights.columns, dtype, [&](Index row, std::byte* target) {
    const AlignedBuffer<float> values(weights.columns);
    std::transform(weights.row(row), weights.row(row) + weights.columns, values.data(),
                   [](double value) { return static_cast<float>(value); });
    simd::from_float(values.span(), dtype, target);
  });
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline graph
