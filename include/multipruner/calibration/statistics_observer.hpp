// SPDX-License-Identifier: MIT
#pragma once

#include <multipruner/blocks/observer.hpp>
#include <multipruner/blocks/sequence_batch.hpp>
#include <multipruner/calibration/model_statistics.hpp>
#include <multipruner/core/linkage.hpp>
#include <multipruner/tensor/matrix.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline calibration {

/// Adds what it sees of the layer loop to the statistics that are there, window by window, so that it does not matter
/// how many windows are stacked. The statistics and the view must outlive it.
class StatisticsObserver {
 public:
  StatisticsObserver(ModelStatistics& statistics, const ModelView& view) : statistics_(statistics), view_(view) {}

  /// Says how the rows of the next pass belong to windows. The batch must outlive the pass.
  void expect(const SequenceBatch& batch) { batch_ = &batch; }

  /// @throws OptionError for other rows than those that are expected.
  void operator()(BlockId block, Signal signal, MatrixView<const float> rows);

 private:
  void add(SignalStatistics& wanted, MatrixView<const float> rows) const;

  void enter(BlockId block, const BlockStatistics& wanted, MatrixView<const float> rows);

  ModelStatistics& statistics_;
  const ModelView& view_;
  const SequenceBatch* batch_ = nullptr;
  Matrix<float> before_block_, before_layer_;
};

static_assert(Observer<StatisticsObserver>);

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline calibration

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/calibration/statistics_observer.ipp>
#endif
