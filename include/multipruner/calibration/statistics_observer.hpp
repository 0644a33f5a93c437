// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/blocks/observer.hpp>
#include <multipruner/calibration/model_statistics.hpp>
#include <multipruner/core/linkage.hpp>
#include <multipruner/tensor/matrix.hpp>

namespace multipruner::inline MULTIPRUNER_ABI {

/// Adds what it sees of the layer loop to the statistics that are there, window by window, so that it does not matter
/// how many windows are stacked. The statistics and the view must outlive it.
class StatisticsObserver {
 public:
  /// @throws OptionError for windows without tokens.
  StatisticsObserver(ModelStatistics& statistics, const ModelView& view, Index window_length);

  /// @throws OptionError for rows that are not whole windows.
  void operator()(BlockId block, Signal signal, MatrixView<const float> rows);

 private:
  void add(SignalStatistics& wanted, MatrixView<const float> rows) const;

  void enter(BlockId block, const BlockStatistics& wanted, MatrixView<const float> rows);

  ModelStatistics& statistics_;
  const ModelView& view_;
  Index window_length_;
  Matrix<float> before_block_, before_layer_;
};

static_assert(Observer<StatisticsObserver>);

}  // namespace multipruner::inline MULTIPRUNER_ABI

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/calibration/statistics_observer.ipp>
#endif
