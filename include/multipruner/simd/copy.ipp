// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>

#include <multipruner/simd/copy.hpp>
#include <multipruner/simd/detail/parallel_rows.hpp>
#include <multipruner/tensor/require_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::simd {

MULTIPRUNER_INLINE MatrixView<float> copy(MatrixView<const float> rows, Matrix<float>& target) {
  require_view(rows, "copy", "the rows");
  const MatrixView<float> to = target.resize(rows.rows, rows.columns);
  detail::parallel_rows(rows.rows, rows.columns, [&](Index first, Index count) {
    for (Index row = first; row < first + count; ++row) std::copy_n(rows.row(row), rows.columns, to.row(row));
  });
  return to;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::simd
