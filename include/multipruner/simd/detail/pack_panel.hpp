#pragma once

#include <multipruner/simd/detail/micro_kernel.hpp>
#include <multipruner/simd/detail/weight_columns.hpp>

namespace multipruner::simd::detail {

/// Transposes up to tile_columns rows of a weight into an aligned panel of `columns` × tile_columns floats.
template <class Scalar>
void pack_panel(MatrixView<const Scalar> weight, float* panel) {
  constexpr Index step = FourRows<Scalar>::step;
  const Index whole = weight.columns / step * step, rest = weight.columns - whole;
  for (Index row = 0; row < tile_columns; row += 4) {
    const FourRows<Scalar> four(weight, row);
    float* target = panel + row;
    for (Index k = 0; k < whole; k += step, target += step * tile_columns) {
      const auto columns = four.columns(k);
      unrolled<step>([&](auto e) { columns[e].store_aligned(target + e * tile_columns); });
    }
    if (rest == 0) continue;
    const auto columns = four.columns(whole, rest);
    for (Index e = 0; e < rest; ++e) columns[static_cast<std::size_t>(e)].store_aligned(target + e * tile_columns);
  }
}

}  // namespace multipruner::simd::detail
