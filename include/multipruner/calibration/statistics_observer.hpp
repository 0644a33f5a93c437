#pragma once

#include <string>

#include <multipruner/calibration/model_statistics.hpp>
#include <multipruner/forward/observer.hpp>
#include <multipruner/simd/copy.hpp>
#include <multipruner/tensor/matrix.hpp>

namespace multipruner {

/// Adds what it sees of the layer loop to the statistics that are there, window by window, so that it does not matter
/// how many windows are stacked. The statistics and the view must outlive it.
class StatisticsObserver {
 public:
  /// @throws OptionError for windows without tokens.
  StatisticsObserver(ModelStatistics& statistics, const ModelView& view, Index window_length)
      : statistics_(statistics), view_(view), window_length_(window_length) {
    if (window_length < 1) {
      throw OptionError("statistics", "a window has " + std::to_string(window_length) + " tokens", "Give 1 or more");
    }
  }

  /// @throws OptionError for rows that are not whole windows.
  void operator()(BlockId block, Signal signal, MatrixView<const float> rows) {
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

 private:
  void add(SignalStatistics& wanted, MatrixView<const float> rows) const {
    for (Index row = 0; row < rows.rows; row += window_length_) {
      const MatrixView<const float> window = rows.row_range(row, window_length_);
      if (wanted.moments) wanted.moments->add(window);
      if (wanted.gram) wanted.gram->add(window);
    }
  }

  void enter(BlockId block, const BlockStatistics& wanted, MatrixView<const float> rows) {
    if (wanted.similarity) simd::copy(rows, before_block_);
    const bool begins_layer =
        block.kind == BlockKind::attention || view_.plan().removed({block.layer, BlockKind::attention});
    const BlockId mlp{block.layer, BlockKind::mlp};
    const bool in_demand = wanted.layer_similarity || statistics_.at(mlp).layer_similarity;
    if (begins_layer && in_demand) simd::copy(rows, before_layer_);
  }

  ModelStatistics& statistics_;
  const ModelView& view_;
  Index window_length_;
  Matrix<float> before_block_, before_layer_;
};

static_assert(Observer<StatisticsObserver>);

}  // namespace multipruner
