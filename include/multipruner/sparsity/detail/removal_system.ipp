// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>

#include <multipruner/sparsity/detail/removal_system.hpp>
#include <multipruner/tensor/times_symmetric.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

MULTIPRUNER_INLINE std::vector<Index> rows_with(RemovalOutcome outcome, const std::vector<RemovalOutcome>& outcomes) {
  std::vector<Index> rows;
  for (std::size_t row = 0; row < outcomes.size(); ++row) {
    if (outcomes[row] == outcome) rows.push_back(static_cast<Index>(row));
  }
  return rows;
}

MULTIPRUNER_INLINE void RemovalSystem::solve(std::span<Row> rows, BatchedCholesky& cholesky) const {
  std::vector<Row*> by_removed, by_kept;
  for (Row& row : rows) {
    row.outcome = RemovalOutcome::solved;
    // Near one half, both sides cost the same, and only one of them fills the lanes.
    (3 * row.removed.size() <= 4 * row.kept.size() ? by_removed : by_kept).push_back(&row);
  }
  solve_removed_side(by_removed, cholesky);
  for (Row* const row : by_removed) {
    if (row->outcome == RemovalOutcome::kept_side) by_kept.push_back(row);
  }
  solve_kept_side(by_kept, cholesky);
}

MULTIPRUNER_INLINE void RemovalSystem::gather(MatrixView<const double> source, const std::vector<Index>& indices,
                                              const Eigen::VectorXd& values, Index lane, BatchedCholesky& cholesky) {
  const auto size = static_cast<Index>(indices.size());
  for (Index i = 0; i < size; ++i) {
    const Index index = indices[static_cast<std::size_t>(i)];
    const double* const row = source.row(index);
    for (Index j = 0; j <= i; ++j) cholesky.entry(i, j, lane) = row[indices[static_cast<std::size_t>(j)]];
    cholesky.value(i, lane) = values(index);
  }
}

MULTIPRUNER_INLINE void RemovalSystem::solve_removed_side(const std::vector<Row*>& rows,
                                                          BatchedCholesky& cholesky) const {
  if (rows.empty()) return;
  std::size_t largest = 0;
  for (const Row* const row : rows) largest = std::max(largest, row->removed.size());
  cholesky.reset(static_cast<Index>(largest));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    gather(inverse_.view(), rows[i]->removed, rows[i]->values, static_cast<Index>(i), cholesky);
  }
  cholesky.solve(smallest_removal_pivot);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (cholesky.failed(static_cast<Index>(i))) {
      rows[i]->outcome = RemovalOutcome::kept_side;
      continue;
    }
    for (std::size_t k = 0; k < rows[i]->removed.size(); ++k) {
      rows[i]->values(rows[i]->removed[k]) = cholesky.value(static_cast<Index>(k), static_cast<Index>(i));
    }
  }
}

MULTIPRUNER_INLINE void RemovalSystem::solve_kept_side(const std::vector<Row*>& rows, BatchedCholesky& cholesky) const {
  if (rows.empty()) return;
  std::size_t largest = 0;
  for (const Row* const row : rows) largest = std::max(largest, row->kept.size());
  cholesky.reset(static_cast<Index>(largest));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    gather(hessian_.view(), rows[i]->kept, times_symmetric(rows[i]->values, hessian_.view()), static_cast<Index>(i),
           cholesky);
  }
  cholesky.solve(0);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    Row& row = *rows[i];
    if (cholesky.failed(static_cast<Index>(i))) {
      row.outcome = RemovalOutcome::zeroed;
      row.values.setZero();
      continue;
    }
    for (std::size_t k = 0; k < row.kept.size(); ++k) {
      row.values(row.kept[k]) = -cholesky.value(static_cast<Index>(k), static_cast<Index>(i));
    }
    row.values = times_symmetric(row.values, hessian_.view());
    for (const Index index : row.kept) row.values(index) = 0;
  }
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail
