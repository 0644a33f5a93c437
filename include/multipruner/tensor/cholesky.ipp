// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>

#include <multipruner/core/parallel.hpp>
#include <multipruner/tensor/cholesky.hpp>
#include <multipruner/tensor/matrix.hpp>
#include <multipruner/tensor/products.hpp>
#include <multipruner/tensor/require_view.hpp>
#include <multipruner/tensor/transpose.hpp>
#include <multipruner/tensor/triangular.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// Rows of the factor that are finished together: enough for products to be fast, few enough for many threads.
inline constexpr Index cholesky_rows = 128;

/// Factors one block, row by row.
[[nodiscard]] inline bool factor_block(MatrixView<double> a) {
  for (Index k = 0; k < a.rows; ++k) {
    double* const row = a.row(k);
    if (!(row[k] > 0)) return false;  // nor NaN
    row[k] = std::sqrt(row[k]);
    for (Index j = k + 1; j < a.rows; ++j) row[j] /= row[k];
    for (Index i = k + 1; i < a.rows; ++i) subtract_multiple(a.row(i) + i, row[i], row + i, a.rows - i);
  }
  return true;
}

/// @param for_each_tile  (count, body) calls body(first, size) for ranges that make up [0, count)
template <class ForEachTile>
[[nodiscard]] bool factor_by_blocks(MatrixView<double> a, const ForEachTile& for_each_tile) {
  require_shape(a, a.rows, a.rows, "Cholesky factor", "the matrix");
  const Index n = a.rows;
  Matrix<double> finished;  // columns of the factor's rows, as rows
  for (Index first = 0; first < n; first += cholesky_rows) {
    const Index size = std::min(cholesky_rows, n - first), end = first + size;
    const MatrixView<double> rows = a.row_range(first, size), below = a.row_range(end, n - end);
    const MatrixView<double> diagonal = rows.column_range(first, size);
    if (!factor_block(diagonal)) return false;
    const MatrixView<double> panel = finished.resize(n - end, size);
    for_each_tile(n - end, [&](Index tile, Index count) {
      const MatrixView<double> part = rows.column_range(end + tile, count), transposed = panel.row_range(tile, count);
      transpose(part, transposed);
      solve_rows(diagonal, transposed);
      transpose(transposed, part);
    });
    for_each_tile(n - end, [&](Index tile, Index count) {
      const Index columns = n - end - tile;
      add_product_of_rows(below.row_range(tile, count).column_range(end + tile, columns), -1,
                          panel.row_range(tile, count), panel.row_range(tile, columns));
    });
  }
  return true;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline tensor {

MULTIPRUNER_INLINE bool factor_in_place(MatrixView<double> a) {
  return detail::factor_by_blocks(a, [](Index count, const auto& body) {
    for (Index first = 0; first < count; first += detail::cholesky_rows) {
      body(first, std::min(detail::cholesky_rows, count - first));
    }
  });
}

MULTIPRUNER_INLINE bool parallel_factor_in_place(MatrixView<double> a) {
  return detail::factor_by_blocks(a, [](Index count, const auto& body) {
    parallel_for((count + detail::cholesky_rows - 1) / detail::cholesky_rows, [&](Index tile) {
      const Index first = tile * detail::cholesky_rows;
      body(first, std::min(detail::cholesky_rows, count - first));
    });
  });
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline tensor
