// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include <multipruner/calibration/detail/layer_ends.hpp>
#include <multipruner/calibration/statistics_observer.hpp>
#include <multipruner/core/error.hpp>
#include <multipruner/simd/copy.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline calibration {

MULTIPRUNER_INLINE void StatisticsObserver::operator()(BlockId block, Signal signal, MatrixView<const float> rows) {
  const Index expected = batch_ == nullptr ? 0 : batch_->rows();
  if (rows.rows != expected) {
    throw OptionError("statistics",
                      std::to_string(rows.rows) + " rows are not the " + std::to_string(expected) + " of the windows",
                      "Say with `expect` how the rows belong to windows");
  }
  BlockStatistics& wanted = statistics_.at(block);
  if (signal == Signal::residual_in) return enter(block, wanted, rows);
  if (signal != Signal::residual_out) return add(wanted.of(signal), rows);
  if (wanted.similarity) wanted.similarity->add(before_block_.view(), rows, *batch_);
  if (wanted.layer_similarity) wanted.layer_similarity->add(before_layer_.view(), rows, *batch_);
  if (wanted.layer_last_tokens) wanted.layer_last_tokens->add_behind(rows, *batch_);
}

MULTIPRUNER_INLINE void StatisticsObserver::add(SignalStatistics& wanted, MatrixView<const float> rows) const {
  for (const Sequence& sequence : batch_->sequences()) {
    const MatrixView<const float> window = rows.row_range(sequence.first_row, sequence.rows);
    if (wanted.moments) wanted.moments->add(window);
    if (wanted.gram) wanted.gram->add(window);
  }
}

MULTIPRUNER_INLINE void StatisticsObserver::enter(BlockId block, const BlockStatistics& wanted,
                                                  MatrixView<const float> rows) {
  if (wanted.similarity) simd::copy(rows, before_block_);
  const detail::LayerEnds ends = detail::layer_ends(view_, block);
  if (ends.first != block) return;
  BlockStatistics& layer = statistics_.at(ends.last);
  if (layer.layer_similarity) simd::copy(rows, before_layer_);
  if (layer.layer_last_tokens) layer.layer_last_tokens->add_before(rows, *batch_);
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline calibration
