// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>

#include <multipruner/simd/detail/batch.hpp>
#include <multipruner/simd/detail/parallel_rows.hpp>
#include <multipruner/simd/detail/require.hpp>
#include <multipruner/simd/rotary.hpp>
#include <multipruner/tensor/require_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::simd::detail {

inline void rotate_head(float* head, Index half, const float* cosines, const float* sines) {
  for (Index j = 0; j < half; j += lanes) {
    const Index left = half - j;
    const Batch a = load_first(head + j, left), b = load_first(head + half + j, left);
    const Batch c = load_first(cosines + j, left), s = load_first(sines + j, left);
    store_first(xsimd::fma(a, c, -(b * s)), head + j, left);
    store_first(xsimd::fma(b, c, a * s), head + half + j, left);
  }
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::simd::detail

namespace multipruner::inline MULTIPRUNER_ABI::simd {

MULTIPRUNER_INLINE void rotate(MatrixView<float> x, Index head_dim, std::span<const Index> positions,
                               MatrixView<const float> cosines, MatrixView<const float> sines) {
  require_view(x, "rotate", "x");
  require_view(cosines, "rotate", "the cosines");
  require_view(sines, "rotate", "the sines");
  detail::require(head_dim > 0 && head_dim % 2 == 0, "rotate", "head_dim is not positive and even");
  detail::require_equal(x.columns % head_dim, 0, "rotate", "the remainder of columns / head_dim");
  detail::require_equal(static_cast<Index>(positions.size()), x.rows, "rotate", "the number of positions");
  detail::require(cosines.columns <= head_dim / 2, "rotate", "the cosines have more columns than half a head");
  detail::require_equal(sines.columns, cosines.columns, "rotate", "the column count of the sines");
  for (const Index position : positions) {
    detail::require(position >= 0 && position < cosines.rows && position < sines.rows, "rotate",
                    "a position lies outside of the tables");
  }
  detail::parallel_rows(x.rows, x.columns, [&](Index first, Index count) {
    for (Index i = first; i < first + count; ++i) {
      const Index position = positions[static_cast<std::size_t>(i)];
      for (Index column = 0; column < x.columns; column += head_dim) {
        detail::rotate_head(x.row(i) + column, cosines.columns, cosines.row(position), sines.row(position));
      }
    }
  });
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::simd
