#pragma once

#include <cstddef>

#include <multipruner/tensor/eigen.hpp>

namespace multipruner::inline MULTIPRUNER_ABI {

MULTIPRUNER_INLINE Eigen::MatrixXd select(const Eigen::MatrixXd& matrix, std::span<const Index> rows,
                                          std::span<const Index> columns) {
  for (const Index row : rows) require_index(row, matrix.rows(), "select", "row");
  for (const Index column : columns) require_index(column, matrix.cols(), "select", "column");
  Eigen::MatrixXd selection(static_cast<Index>(rows.size()), static_cast<Index>(columns.size()));
  double* target = selection.data();
  for (const Index column : columns) {
    const double* const entries = matrix.data() + column * matrix.rows();
    for (const Index row : rows) *target++ = entries[row];
  }
  return selection;
}

MULTIPRUNER_INLINE Eigen::MatrixXd select_columns(const Eigen::MatrixXd& matrix, std::span<const Index> columns) {
  for (const Index column : columns) require_index(column, matrix.cols(), "select_columns", "column");
  Eigen::MatrixXd selection(matrix.rows(), static_cast<Index>(columns.size()));
  for (Index i = 0; i < selection.cols(); ++i) selection.col(i) = matrix.col(columns[static_cast<std::size_t>(i)]);
  return selection;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI
