// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <vector>

#include <multipruner/calibration/window_range.hpp>
#include <multipruner/core/linkage.hpp>
#include <multipruner/search/evaluator_options.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// The windows of a set in the order in which they are measured, cut into the parts that run through a block together.
class WindowParts {
 public:
  WindowParts() = default;

  /// @throws DataError if there are no windows.
  WindowParts(const TokenWindows& windows, const EvaluatorOptions& options);

  [[nodiscard]] Index windows() const { return windows_.count(); }
  [[nodiscard]] Index count() const { return static_cast<Index>(order_.size()); }
  [[nodiscard]] Index most_rows() const { return most_rows_; }  ///< of a part

  /// Which part comes when.
  [[nodiscard]] const std::vector<Index>& order() const { return order_; }

  /// The parts that make up about a share of the windows, spread over the set: always the same windows, however many of
  /// them run together.
  [[nodiscard]] std::vector<Index> some(double share) const;

  [[nodiscard]] WindowRange range(Index part) const;

  /// The slice of a part in costs of all windows.
  [[nodiscard]] std::span<double> slice(std::vector<double>& costs, Index part) const;

  /// Costs in the order of the set, which is part of the bits of their sum.
  [[nodiscard]] std::vector<double> in_order_of_set(const std::vector<double>& costs) const;

  /// From now on, the parts come first that cost most here, so that bounds grow fast.
  void measure_worst_first(std::vector<double> costs);

 private:
  /// Cuts windows from one to another into parts of so many rows and windows at most.
  void cut(Index first, Index end, Index rows, Index most);

  /// With a confidence, plans are compared about so often while they are measured.
  static constexpr Index looks = 16;

  TokenWindows windows_;
  Index windows_per_group_ = 1;  ///< no part lies in two groups of so many windows; estimates are of whole groups
  std::vector<Index> drawn_;     ///< which windows of the set they are; empty: as they are
  std::vector<Index> firsts_;    ///< windows with which parts begin, and where the last one ends
  Index most_rows_ = 0;
  std::vector<Index> order_;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/search/detail/window_parts.ipp>
#endif
