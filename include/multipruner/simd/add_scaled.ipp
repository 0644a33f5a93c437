// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/simd/add_scaled.hpp>
#include <multipruner/simd/detail/batch.hpp>
#include <multipruner/simd/detail/parallel_rows.hpp>
#include <multipruner/simd/detail/require.hpp>
#include <multipruner/tensor/require_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::simd {

MULTIPRUNER_INLINE void add_scaled(MatrixView<const float> x, float factor, MatrixView<float> y) {
  using namespace detail;
  require_view(x, "add_scaled", "x");
  require_view(y, "add_scaled", "y");
  require_equal(y.rows, x.rows, "add_scaled", "the row count of y");
  require_equal(y.columns, x.columns, "add_scaled", "the column count of y");
  parallel_rows(x.rows, x.columns, [&](Index first, Index count) {
    for (Index i = first; i < first + count; ++i) {
      for (Index j = 0; j < x.columns; j += lanes) {
        const Index left = x.columns - j;
        const Batch sum = xsimd::fma(load_first(x.row(i) + j, left), Batch(factor), load_first(y.row(i) + j, left));
        store_first(sum, y.row(i) + j, left);
      }
    }
  });
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::simd
