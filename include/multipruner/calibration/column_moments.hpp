// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/core/sizes.hpp>
#include <multipruner/tensor/matrix_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline calibration {

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
  ColumnMoments(Index count, std::vector<double> mean, std::vector<double> squares, std::vector<double> deviations);

  /// @param rows  tokens × columns() @throws OptionError where the columns are not as many.
  void add(MatrixView<const float> rows);

  [[nodiscard]] Index columns() const { return static_cast<Index>(mean_.size()); }
  [[nodiscard]] Index count() const { return count_; }                                 ///< rows added
  [[nodiscard]] const std::vector<double>& mean() const { return mean_; }              ///< Σx / count
  [[nodiscard]] const std::vector<double>& squares() const { return squares_; }        ///< Σx²
  [[nodiscard]] const std::vector<double>& deviations() const { return deviations_; }  ///< Σ(x − mean)²

  /// ‖x_j‖₂ of every column j.
  [[nodiscard]] std::vector<double> norms() const;

  /// The unbiased variance of every column; 0 of fewer than two rows. FLAP's fluctuation (arXiv 2312.11983).
  [[nodiscard]] std::vector<double> variances() const;

 private:
  void add_columns(MatrixView<const float> x, std::size_t first);

  Index count_ = 0;
  std::vector<double> mean_, squares_, deviations_;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline calibration

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/calibration/column_moments.ipp>
#endif
