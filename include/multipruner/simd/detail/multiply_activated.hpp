// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/core/linkage.hpp>
#include <multipruner/simd/detail/batch.hpp>
#include <multipruner/simd/detail/parallel_rows.hpp>
#include <multipruner/simd/detail/require.hpp>
#include <multipruner/tensor/matrix_view.hpp>
#include <multipruner/tensor/require_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::simd::detail {

/// gate = activation(gate) · up element by element. @param function  that errors name
template <class Activation>
void multiply_activated(MatrixView<float> gate, MatrixView<const float> up, const char* function,
                        const Activation& activation) {
  require_view(gate, function, "the gate");
  require_view(up, function, "up");
  require_equal(up.rows, gate.rows, function, "the row count of up");
  require_equal(up.columns, gate.columns, function, "the column count of up");
  parallel_rows(gate.rows, gate.columns, [&](Index first, Index count) {
    for (Index i = first; i < first + count; ++i) {
      for (Index j = 0; j < gate.columns; j += lanes) {
        const Index left = gate.columns - j;
        const Batch activated = activation(load_first(gate.row(i) + j, left));
        store_first(activated * load_first(up.row(i) + j, left), gate.row(i) + j, left);
      }
    }
  });
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::simd::detail
