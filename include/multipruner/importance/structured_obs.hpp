// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/tensor/matrix.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline importance {

/// A unit that was removed, and the loss that this added.
struct UnitRemoval {
  Index unit = 0;
  double cost = 0;

  friend bool operator==(const UnitRemoval&, const UnitRemoval&) = default;
};

/// The loss that removing columns P adds when the others take over by least squares: tr(W_P (C_PP)⁻¹ W_Pᵀ), C = (G +
/// λI)⁻¹.
/// @param columns  W_Pᵀ, |P| × out: each column in a row @param square  C_PP
/// @throws OptionError where shapes disagree, DataError where C_PP is not positive definite, to rounding.
[[nodiscard]] double removal_loss(MatrixView<const double> columns, MatrixView<const double> square);

/// Removal of groups of columns of one weight, the other columns taking over as well as least squares allows (ZipLM,
/// arXiv 2302.04089, and OSSCAR, arXiv 2403.12983): with C = (G + λI)⁻¹ removing the columns P adds the loss
/// tr(W_P (C_PP)⁻¹ W_Pᵀ) and leaves W − W_P (C_PP)⁻¹ C_P,:.
class StructuredObs {
 public:
  /// @param weight  out × n
  /// @param inverse  n × n: (G + λI)⁻¹, see damped_cholesky.hpp
  /// @param unit_width  columns a unit
  /// @throws OptionError where shapes disagree.
  StructuredObs(MatrixView<const double> weight, Matrix<double> inverse, Index unit_width);

  [[nodiscard]] Index num_units() const { return static_cast<Index>(removed_.size()); }
  [[nodiscard]] bool removed(Index unit) const;

  /// The weight as the removals left it; removed columns are zero.
  [[nodiscard]] Matrix<double> weight() const;

  /// The loss that removing each unit next would add; 0 for those that are removed.
  [[nodiscard]] std::vector<double> scores() const;

  /// Removes units at once. @throws OptionError where one of them does not exist or is removed already.
  void remove(std::span<const Index> units);

  /// Removes the cheapest units, `units_per_step` at a time, rescoring in between, until `count` are removed. Of equal
  /// scores the lower unit goes first. The costs of units that go together are those of each by itself.
  std::vector<UnitRemoval> remove_cheapest(Index count, Index units_per_step = 1);

 private:
  [[nodiscard]] double score(Index unit) const;

  Matrix<double> columns_;  ///< of the weight, each in a row
  Matrix<double> inverse_;
  Index unit_width_;
  std::vector<char> removed_;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline importance

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/importance/structured_obs.ipp>
#endif
