#pragma once

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include <multipruner/core/error.hpp>
#include <multipruner/core/parallel.hpp>
#include <multipruner/core/sizes.hpp>
#include <multipruner/tensor/matrix_view.hpp>
#include <multipruner/tensor/require_view.hpp>

namespace multipruner {

/// Mean, norm and fluctuation of every column of activations, streamed in double.
///
/// Rows are added in parts; moments of a part are taken about its own mean and merged (Chan, Golub and LeVeque,
/// "Updating Formulae and a Pairwise Algorithm for Computing Sample Variances", 1979), which loses no digits where a
/// mean is large. Bits depend on how rows are cut into parts, and not on threads.
class ColumnMoments {
 public:
  /// @throws OptionError for columns that are negative or more than any memory.
  explicit ColumnMoments(Index columns = 0)
      : mean_(static_cast<std::size_t>(product_of_sizes("column moments", {columns, sizeof(double)})) / sizeof(double)),
        squares_(mean_.size()),
        deviations_(mean_.size()) {}

  /// What was saved: see the accessors of the same names. @throws DataError where sizes differ, or the count is
  /// negative.
  ColumnMoments(Index count, std::vector<double> mean, std::vector<double> squares, std::vector<double> deviations)
      : count_(count), mean_(std::move(mean)), squares_(std::move(squares)), deviations_(std::move(deviations)) {
    if (squares_.size() == mean_.size() && deviations_.size() == mean_.size() && count >= 0) return;
    throw DataError("column moments",
                    "means, squares and deviations are not of as many columns, or of less than no row",
                    "Give one of each for every column");
  }

  /// @param rows  tokens × columns() @throws OptionError where the columns are not as many.
  void add(MatrixView<const float> rows) {
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

  [[nodiscard]] Index columns() const { return static_cast<Index>(mean_.size()); }
  [[nodiscard]] Index count() const { return count_; }                                 ///< rows added
  [[nodiscard]] const std::vector<double>& mean() const { return mean_; }              ///< Σx / count
  [[nodiscard]] const std::vector<double>& squares() const { return squares_; }        ///< Σx²
  [[nodiscard]] const std::vector<double>& deviations() const { return deviations_; }  ///< Σ(x − mean)²

  /// ‖x_j‖₂ of every column j.
  [[nodiscard]] std::vector<double> norms() const {
    std::vector<double> norms(squares_.size());
    std::ranges::transform(squares_, norms.begin(), [](double square) { return std::sqrt(square); });
    return norms;
  }

  /// The unbiased variance of every column; 0 of fewer than two rows. FLAP's fluctuation (arXiv 2312.11983).
  [[nodiscard]] std::vector<double> variances() const {
    const double degrees = static_cast<double>(std::max<Index>(count_ - 1, 1));
    std::vector<double> variances(deviations_.size());
    std::ranges::transform(deviations_, variances.begin(), [&](double sum) { return sum / degrees; });
    return variances;
  }

 private:
  void add_columns(MatrixView<const float> x, std::size_t first) {
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

  Index count_ = 0;
  std::vector<double> mean_, squares_, deviations_;
};

}  // namespace multipruner
