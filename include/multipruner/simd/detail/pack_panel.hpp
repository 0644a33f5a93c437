// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/core/linkage.hpp>
#include <multipruner/simd/detail/micro_kernel.hpp>
#include <multipruner/simd/detail/weight_columns.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::simd::detail {

/// Transposes up to tile_columns rows of a weight into an aligned panel of `columns` × tile_columns floats.
template <class Scalar>
void pack_panel(MatrixView<const Scalar> weight, float* panel) {
  constexpr Index step = WeightColumns<Scalar>::step;
  const Index whole = weight.columns / step * step;
  for (Index row = 0; row < tile_columns; row += lanes) {
    const WeightColumns<Scalar> rows(weight, row);
    float* target = panel + row;
    const auto store = [&](Index e, const Batch& column) __attribute__((always_inline)) {
      column.store_aligned(target + e * tile_columns);
    };
    for (Index k = 0; k < whole; k += step, target += step * tile_columns) rows.columns(k, store);
    if (whole < weight.columns) rows.last_columns(whole, weight.columns - whole, store);
  }
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::simd::detail
