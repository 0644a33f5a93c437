// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <string>
#include <utility>

#include <multipruner/core/error.hpp>
#include <multipruner/core/parallel.hpp>
#include <multipruner/importance/structured_obs.hpp>
#include <multipruner/tensor/cholesky.hpp>
#include <multipruner/tensor/dot.hpp>
#include <multipruner/tensor/eigen.hpp>
#include <multipruner/tensor/products.hpp>
#include <multipruner/tensor/require_view.hpp>
#include <multipruner/tensor/select.hpp>
#include <multipruner/tensor/transpose.hpp>
#include <multipruner/tensor/triangular.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// The Cholesky factor of a part of an inverse. @throws DataError where it has none, to rounding.
[[nodiscard]] inline Matrix<double> factor_of_inverse(MatrixView<const double> square) {
  Matrix<double> factor = copied(square);
  if (factor_in_place(factor.view())) return factor;
  throw DataError("structured removal", "the inverse of the Gram matrix is not positive definite, to rounding",
                  "Use a larger ridge");
}

/// rightᵀ · square⁻¹, of a symmetric square
[[nodiscard]] inline Matrix<double> solve_by(MatrixView<const double> square, MatrixView<const double> right) {
  const Matrix<double> factor = factor_of_inverse(square);
  Matrix<double> solution = transposed(right);
  solve_rows(factor.view(), solution.view());
  solve_rows_transposed(factor.view(), solution.view());
  return solution;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline importance {

MULTIPRUNER_INLINE double removal_loss(MatrixView<const double> columns, MatrixView<const double> square) {
  require_view(columns, "removal loss", "the columns");
  require_view(square, "removal loss", "the inverse");
  if (square.rows != columns.rows || square.columns != columns.rows) {
    throw OptionError("removal loss", "the inverse is not of as many rows and columns as there are to be removed",
                      "Pass C_PP of the columns P");
  }
  if (columns.rows == 1) return as_eigen(columns).squaredNorm() / *square.data;
  const Matrix<double> factor = detail::factor_of_inverse(square);
  Matrix<double> solution = transposed(columns);
  solve_rows(factor.view(), solution.view());
  return squared_norm(solution.view().data, solution.rows() * solution.columns());
}

MULTIPRUNER_INLINE StructuredObs::StructuredObs(MatrixView<const double> weight, Matrix<double> inverse,
                                                Index unit_width)
    : columns_(transposed(weight)), inverse_(std::move(inverse)), unit_width_(unit_width) {
  const Index columns = weight.columns;
  if (unit_width < 1 || columns % unit_width != 0 || inverse_.rows() != columns || inverse_.columns() != columns) {
    throw OptionError("structured removal",
                      std::to_string(columns) + " columns in units of " + std::to_string(unit_width) +
                          ", an inverse of " + std::to_string(inverse_.rows()) + " rows",
                      "Pass an inverse of as many rows and columns as the weight has columns, in whole units");
  }
  removed_.resize(static_cast<std::size_t>(columns / unit_width));
}

MULTIPRUNER_INLINE bool StructuredObs::removed(Index unit) const {
  require_index(unit, num_units(), "structured removal", "unit");
  return removed_[static_cast<std::size_t>(unit)] != 0;
}

MULTIPRUNER_INLINE Matrix<double> StructuredObs::weight() const {
  return transposed(columns_.view());
}

MULTIPRUNER_INLINE std::vector<double> StructuredObs::scores() const {
  std::vector<double> scores(removed_.size());
  parallel_for(num_units(), [&](Index unit) {
    if (!removed(unit)) scores[static_cast<std::size_t>(unit)] = score(unit);
  });
  return scores;
}

MULTIPRUNER_INLINE void StructuredObs::remove(std::span<const Index> units) {
  std::vector<Index> columns;
  for (const Index unit : units) {
    if (unit < 0 || unit >= num_units() || removed(unit)) {
      throw OptionError("structured removal", "there is no unit " + std::to_string(unit) + " to remove",
                        "Remove units that are left");
    }
    removed_[static_cast<std::size_t>(unit)] = 1;
    for (Index i = 0; i < unit_width_; ++i) columns.push_back(unit * unit_width_ + i);
  }
  const Matrix<double> from_weight = select_rows(columns_.view(), columns);
  const Matrix<double> from_inverse = select_rows(inverse_.view(), columns);
  const Matrix<double> square = select(inverse_.view(), columns, columns);
  const Matrix<double> shares = detail::solve_by(square.view(), from_inverse.view());
  constexpr Index columns_per_task = 64;
  parallel_for((columns_.rows() + columns_per_task - 1) / columns_per_task, [&](Index task) {
    const Index first = task * columns_per_task, count = std::min(columns_per_task, columns_.rows() - first);
    const MatrixView<const double> part = shares.view().row_range(first, count);
    add_product(columns_.view().row_range(first, count), -1, part, from_weight.view());
    add_product(inverse_.view().row_range(first, count), -1, part, from_inverse.view());
  });
  for (const Index column : columns) {
    as_eigen(columns_.view()).row(column).setZero();
    as_eigen(inverse_.view()).row(column).setZero();
    as_eigen(inverse_.view()).col(column).setZero();
  }
}

MULTIPRUNER_INLINE std::vector<UnitRemoval> StructuredObs::remove_cheapest(Index count, Index units_per_step) {
  std::vector<UnitRemoval> removals;
  while (static_cast<Index>(removals.size()) < count) {
    const std::vector<double> costs = scores();
    std::vector<Index> left;
    for (Index unit = 0; unit < num_units(); ++unit) {
      if (!removed(unit)) left.push_back(unit);
    }
    std::ranges::stable_sort(left, {}, [&](Index unit) { return costs[static_cast<std::size_t>(unit)]; });
    const Index wanted = std::min(std::max<Index>(units_per_step, 1), count - static_cast<Index>(removals.size()));
    left.resize(std::min(left.size(), static_cast<std::size_t>(wanted)));
    if (left.empty()) break;
    remove(left);
    for (const Index unit : left) removals.push_back({unit, costs[static_cast<std::size_t>(unit)]});
  }
  return removals;
}

MULTIPRUNER_INLINE double StructuredObs::score(Index unit) const {
  const Index first = unit * unit_width_;
  return removal_loss(columns_.view().row_range(first, unit_width_),
                      inverse_.view().row_range(first, unit_width_).column_range(first, unit_width_));
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline importance
