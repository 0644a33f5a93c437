#pragma once

#include <algorithm>

#include <multipruner/simd/detail/parallel_rows.hpp>
#include <multipruner/tensor/matrix.hpp>

namespace multipruner::simd {

/// Makes `target` a copy of rows, with as many threads as help.
/// @returns the copy
inline MatrixView<float> copy(MatrixView<const float> rows, Matrix<float>& target) {
  const MatrixView<float> to = target.resize(rows.rows, rows.columns);
  detail::parallel_rows(rows.rows, rows.columns, [&](Index first, Index count) {
    for (Index row = first; row < first + count; ++row) std::copy_n(rows.row(row), rows.columns, to.row(row));
  });
  return to;
}

}  // namespace multipruner::simd
