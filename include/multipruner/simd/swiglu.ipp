// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/simd/detail/exponential.hpp>
#include <multipruner/simd/detail/parallel_rows.hpp>
#include <multipruner/simd/detail/require.hpp>
#include <multipruner/simd/swiglu.hpp>
#include <multipruner/tensor/require_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::simd {

MULTIPRUNER_INLINE void silu_multiply(MatrixView<float> gate, MatrixView<const float> up) {
  using namespace detail;
  require_view(gate, "silu_multiply", "the gate");
  require_view(up, "silu_multiply", "up");
  require_equal(up.rows, gate.rows, "silu_multiply", "the row count of up");
  require_equal(up.columns, gate.columns, "silu_multiply", "the column count of up");
  parallel_rows(gate.rows, gate.columns, [&](Index first, Index count) {
    for (Index i = first; i < first + count; ++i) {
      for (Index j = 0; j < gate.columns; j += lanes) {
        const Index left = gate.columns - j;
        const Batch z = load_first(gate.row(i) + j, left);
        const Batch silu = z / (Batch(1.0f) + exponential(-z));
        store_first(silu * load_first(up.row(i) + j, left), gate.row(i) + j, left);
      }
    }
  });
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::simd
