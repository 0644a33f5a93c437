// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include <multipruner/calibration/column_moments.hpp>
#include <multipruner/core/error.hpp>
#include <multipruner/core/parallel.hpp>
#include <multipruner/tensor/require_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline calibration {

MULTIPRUNER_INLINE ColumnMoments::ColumnMoments(Index count, std::vector<double> mean, std::vector<double> squares,
                                                std::vector<double> deviations)
    : count_(count), mean_(std::move(mean)), squares_(std::move(squares)), deviations_(std::move(deviations)) {
  if (squares_.size() == mean_.size() && deviations_.size() == mean_.size() && count >= 0) return;
  throw DataError("column moments", "means, squares and deviations are not of as many columns, or of less than no row",
                  "Give one of each for every column");
}

MULTIPRUNER_INLINE void ColumnMoments::add(MatrixView<const float> rows) {
  require_view(rows, "column moments", "the rows");
  if (rows.columns != columns()) {
    throw OptionError("column moments",
                      "rows have " + std::to_string(rows.columns) + " columns, not " + std::to_string(columns()),
                      "Add rows of one width");
  }
  if (rows.rows == 0) return;
  constexpr Index columns_per_task = 64;
  parallel_for((columns() + columns_per_task - 1) / columns_per_task, [&](Index task) {
    const Index first = task * columns_per_task;
    const Index columns_here = std::min(columns_per_task, columns() - first);
    add_columns(rows.column_range(first, columns_here), static_cast<std::size_t>(first));
  });
  count_ += rows.rows;
}

MULTIPRUNER_INLINE std::vector<double> ColumnMoments::norms() const {
  std::vector<double> norms(squares_.size());
  std::ranges::transform(squares_, norms.begin(), [](double square) { return std::sqrt(square); });
  return norms;
}

MULTIPRUNER_INLINE std::vector<double> ColumnMoments::variances() const {
  const double degrees = static_cast<double>(std::max<Index>(count_ - 1, 1));
  std::vector<double> variances(deviations_.size());
  std::ranges::transform(deviations_, variances.begin(), [&](double sum) { return sum / degrees; });
  return variances;
}

MULTIPRUNER_INLINE void ColumnMoments::add_columns(MatrixView<const float> x, std::size_t first) {
  const auto columns = static_cast<std::size_t>(x.columns);
  std::vector<double> mean(columns), deviations(columns);
  double* const squares = squares_.data() + first;
  for (Index row = 0; row < x.rows; ++row) {
    const float* const values = x.row(row);
    for (std::size_t j = 0; j < columns; ++j) {
      const double value = values[j];
      mean[j] += value;
      squares[j] += value * value;
    }
  }
  const auto rows = static_cast<double>(x.rows), before = static_cast<double>(count_), all = before + rows;
  for (double& sum : mean) sum /= rows;
  for (Index row = 0; row < x.rows; ++row) {
    const float* const values = x.row(row);
    for (std::size_t j = 0; j < columns; ++j) {
      const double deviation = static_cast<double>(values[j]) - mean[j];
      deviations[j] += deviation * deviation;
    }
  }
  for (std::size_t j = 0; j < columns; ++j) {
    const double shift = mean[j] - mean_[first + j];
    mean_[first + j] += shift * (rows / all);
    deviations_[first + j] += deviations[j] + shift * shift * (before * rows / all);
  }
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline calibration
