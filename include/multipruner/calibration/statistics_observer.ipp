// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include <multipruner/calibration/detail/layer_ends.hpp>
#include <multipruner/calibration/statistics_observer.hpp>
#include <multipruner/simd/copy.hpp>

namespace multipruner::inline MULTIPRUNER_ABI {

MULTIPRUNER_INLINE StatisticsObserver::StatisticsObserver(ModelStatistics& statistics, const ModelView& view,
                                                          Index window_length)
    : statistics_(statistics), view_(view), window_length_(window_length) {
  if (window_length < 1) {
    throw OptionError("statistics", "a window has " + std::to_string(window_length) + " tokens", "Give 1 or more");
  }
}

MULTIPRUNER_INLINE void StatisticsObserver::operator()(BlockId block, Signal signal, MatrixView<const float> rows) {
  if (rows.rows % window_length_ != 0) {
    throw OptionError("statistics",
                      std::to_string(rows.rows) + " rows are not whole windows of " + std::to_string(window_length_),
                      "Run whole windows");
  }
  BlockStatistics& wanted = statistics_.at(block);
  if (signal == Signal::residual_in) return enter(block, wanted, rows);
  if (signal != Signal::residual_out) return add(wanted.of(signal), rows);
  if (wanted.similarity) wanted.similarity->add(before_block_.view(), rows, window_length_);
  if (wanted.layer_similarity) wanted.layer_similarity->add(before_layer_.view(), rows, window_length_);
}

MULTIPRUNER_INLINE void StatisticsObserver::add(SignalStatistics& wanted, MatrixView<const float> rows) const {
  for (Index row = 0; row < rows.rows; row += window_length_) {
    const MatrixView<const float> window = rows.row_range(row, window_length_);
    if (wanted.moments) wanted.moments->add(window);
    if (wanted.gram) wanted.gram->add(window);
  }
}

MULTIPRUNER_INLINE void StatisticsObserver::enter(BlockId block, const BlockStatistics& wanted,
                                                  MatrixView<const float> rows) {
  if (wanted.similarity) simd::copy(rows, before_block_);
  const detail::LayerEnds ends = detail::layer_ends(view_, block);
  const bool in_demand = statistics_.at(ends.last).layer_similarity.has_value();
  if (ends.first == block && in_demand) simd::copy(rows, before_layer_);
}

}  // namespace multipruner::inline MULTIPRUNER_ABI
