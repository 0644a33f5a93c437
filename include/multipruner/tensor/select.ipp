// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>

#include <multipruner/tensor/require_view.hpp>
#include <multipruner/tensor/select.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline tensor {

MULTIPRUNER_INLINE Matrix<double> select(MatrixView<const double> matrix, std::span<const Index> rows,
                                         std::span<const Index> columns) {
  require_view(matrix, "select", "the matrix");
  for (const Index row : rows) require_index(row, matrix.rows, "select", "row");
  for (const Index column : columns) require_index(column, matrix.columns, "select", "column");
  Matrix<double> selection(static_cast<Index>(rows.size()), static_cast<Index>(columns.size()));
  double* target = selection.view().data;
  for (const Index row : rows) {
    const double* const entries = matrix.row(row);
    for (const Index column : columns) *target++ = entries[column];
  }
  return selection;
}

MULTIPRUNER_INLINE Matrix<double> select_rows(MatrixView<const double> matrix, std::span<const Index> rows) {
  require_view(matrix, "select_rows", "the matrix");
  for (const Index row : rows) require_index(row, matrix.rows, "select_rows", "row");
  Matrix<double> selection(static_cast<Index>(rows.size()), matrix.columns);
  double* target = selection.view().data;
  for (const Index row : rows) target = std::copy_n(matrix.row(row), matrix.columns, target);
  return selection;
}

MULTIPRUNER_INLINE Matrix<double> select_columns(MatrixView<const double> matrix, std::span<const Index> columns) {
  require_view(matrix, "select_columns", "the matrix");
  for (const Index column : columns) require_index(column, matrix.columns, "select_columns", "column");
  Matrix<double> selection(matrix.rows, static_cast<Index>(columns.size()));
  double* target = selection.view().data;
  for (Index row = 0; row < matrix.rows; ++row) {
    for (const Index column : columns) *target++ = matrix.row(row)[column];
  }
  return selection;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline tensor
