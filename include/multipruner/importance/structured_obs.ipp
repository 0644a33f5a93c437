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
#include <multipruner/tensor/eigen.hpp>
#include <multipruner/tensor/products.hpp>
#include <multipruner/tensor/require_view.hpp>
#include <multipruner/tensor/transpose.hpp>
#include <multipruner/tensor/triangular.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// The Cholesky factor of a part of an inverse. @throws DataError where it has none, to rounding.
[[nodiscard]] inline Eigen::MatrixXd factor_of_inverse(Eigen::MatrixXd square) {
  if (factor_in_place(stored_rows(square))) return square;
  throw DataError("structured removal", "the inverse of the Gram matrix is not positive definite, to rounding",
                  "Use a larger ridge");
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI {

MULTIPRUNER_INLINE double removal_loss(const Eigen::Ref<const Eigen::MatrixXd>& columns,
                                       const Eigen::Ref<const Eigen::MatrixXd>& square) {
  if (square.rows() != columns.cols() || square.cols() != columns.cols()) {
    throw OptionError("removal loss", "the inverse is not of as many rows and columns as there are to be removed",
                      "Pass C_PP of the columns P");
  }
  if (columns.cols() == 1) return columns.squaredNorm() / square(0, 0);
  const Eigen::MatrixXd factor = detail::factor_of_inverse(square);
  Matrix<double> solution = transposed(stored_rows(columns));
  solve_rows(stored_rows(factor), solution.view());
  return Eigen::Map<const Eigen::VectorXd>(solution.view().data, columns.size()).squaredNorm();
}

MULTIPRUNER_INLINE StructuredObs::StructuredObs(Eigen::MatrixXd weight, Eigen::MatrixXd inverse, Index unit_width)
    : weight_(std::move(weight)), inverse_(std::move(inverse)), unit_width_(unit_width) {
  const Index columns = weight_.cols();
  if (unit_width < 1 || columns % unit_width != 0 || inverse_.rows() != columns || inverse_.cols() != columns) {
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
  const Eigen::MatrixXd from_weight = select_columns(weight_, columns);
  const Eigen::MatrixXd from_inverse = select_columns(inverse_, columns);
  const Matrix<double> shares = solve_by(select(inverse_, columns, columns), from_inverse);
  constexpr Index columns_per_task = 64;
  parallel_for((weight_.cols() + columns_per_task - 1) / columns_per_task, [&](Index task) {
    const Index first = task * columns_per_task, count = std::min(columns_per_task, weight_.cols() - first);
    const MatrixView<const double> part = shares.view().row_range(first, count);
    add_product(stored_rows(weight_).row_range(first, count), -1, part, stored_rows(from_weight));
    add_product(stored_rows(inverse_).row_range(first, count), -1, part, stored_rows(from_inverse));
  });
  for (const Index column : columns) {
    weight_.col(column).setZero();
    inverse_.row(column).setZero();
    inverse_.col(column).setZero();
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

MULTIPRUNER_INLINE Matrix<double> StructuredObs::solve_by(Eigen::MatrixXd square, const Eigen::MatrixXd& right) {
  square = detail::factor_of_inverse(std::move(square));
  Matrix<double> solution = transposed(stored_rows(right));
  solve_rows(stored_rows(square), solution.view());
  solve_rows_transposed(stored_rows(square), solution.view());
  return solution;
}

MULTIPRUNER_INLINE double StructuredObs::score(Index unit) const {
  const Index first = unit * unit_width_;
  return removal_loss(weight_.middleCols(first, unit_width_), inverse_.block(first, first, unit_width_, unit_width_));
}

}  // namespace multipruner::inline MULTIPRUNER_ABI
