#pragma once

#include <algorithm>
#include <array>
#include <type_traits>

#include <multipruner/simd/detail/micro_kernel.hpp>
#include <multipruner/simd/detail/quad.hpp>
#include <multipruner/simd/detail/widen.hpp>
#include <multipruner/tensor/weight_view.hpp>

namespace multipruner::simd::detail {

/// How many elements of a stored type fill 128 bits.
template <class Scalar>
inline constexpr Index quad_elements = 16 / static_cast<Index>(sizeof(Scalar));

/// Writes element k + e of four weight rows to target[e · tile_columns … + 3] for all e < quad_elements.
template <class Scalar>
void pack_quads(const std::array<const Scalar*, 4>& rows, Index k, float* target) {
  std::array<Quad, 4> quads;
  for (std::size_t i = 0; i < 4; ++i)
    quads[i] = Quad::load_unaligned(reinterpret_cast<const float*>(rows[i] + k));
  transpose(quads);
  for (Index e = 0; e < 4; ++e) {
    const Quad& words = quads[static_cast<std::size_t>(e)];
    if constexpr (std::is_same_v<Scalar, float>) {
      words.store_aligned(target + e * tile_columns);
    } else {
      const auto [first, second] = widen_pairs<Scalar>(words);
      first.store_aligned(target + 2 * e * tile_columns);
      second.store_aligned(target + (2 * e + 1) * tile_columns);
    }
  }
}

/// Transposes up to tile_columns rows of a weight into a panel of `columns` × tile_columns floats (rounded up
/// to whole quads). Missing rows repeat the last one: what comes of them is never looked at.
template <class Scalar>
void pack_panel(MatrixView<const Scalar> weight, float* panel) {
  constexpr Index step = quad_elements<Scalar>;
  const Index whole = weight.columns / step * step;
  for (Index column = 0; column < tile_columns; column += 4) {
    std::array<const Scalar*, 4> rows;
    for (Index i = 0; i < 4; ++i)
      rows[static_cast<std::size_t>(i)] = weight.row(std::min(column + i, weight.rows - 1));
    for (Index k = 0; k < whole; k += step) pack_quads(rows, k, panel + k * tile_columns + column);
    if (whole == weight.columns) continue;
    std::array<std::array<Scalar, step>, 4> padded{};
    for (std::size_t i = 0; i < 4; ++i)
      std::copy(rows[i] + whole, rows[i] + weight.columns, padded[i].begin());
    pack_quads<Scalar>({padded[0].data(), padded[1].data(), padded[2].data(), padded[3].data()}, 0,
                       panel + whole * tile_columns + column);
  }
}

}  // namespace multipruner::simd::detail
