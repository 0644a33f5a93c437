#pragma once

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include <multipruner/calibration/gather_statistics.hpp>
#include <multipruner/calibration/statistics_observer.hpp>
#include <multipruner/calibration/window_range.hpp>
#include <multipruner/core/progress_scope.hpp>
#include <multipruner/core/sizes.hpp>
#include <multipruner/forward/forward.hpp>
#include <multipruner/tensor/eigen.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// Columns of a signal of a block that a view runs.
[[nodiscard]] inline Index signal_columns(const ModelView& view, BlockId block, Signal signal) {
  return signal == Signal::output_input ? view.plan().width(block) : view.config().hidden_size;
}

/// The blocks that statistics are of, in the order of the residual stream.
[[nodiscard]] inline std::vector<BlockId> statistics_blocks(const ModelView& view, const StatisticsOptions& options) {
  for (const BlockId block : options.blocks) {
    const bool in_model = block.layer >= 0 && block.layer < view.config().num_hidden_layers;
    if (in_model && !view.plan().removed(block)) continue;
    throw OptionError(
        "statistics",
        "the model has no " + std::string(name_of(block.kind)) + " in layer " + std::to_string(block.layer),
        "Ask for blocks that the view runs");
  }
  std::vector<BlockId> blocks;
  for (Index position = 0; position < view.config().num_blocks(); ++position) {
    const BlockId block = block_at(position);
    const bool wanted = options.blocks.empty() || std::ranges::find(options.blocks, block) != options.blocks.end();
    if (wanted && !view.plan().removed(block)) blocks.push_back(block);
  }
  return blocks;
}

MULTIPRUNER_INLINE void prepare(ModelStatistics& statistics, const ModelView& view, BlockId block,
                                const StatisticsNeeds& needs) {
  BlockStatistics& wanted = statistics.at(block);
  const auto prepare_signal = [&](Signal signal, SignalNeeds signal_needs) {
    const Index columns = signal_columns(view, block, signal);
    if (signal_needs.moments) wanted.of(signal).moments.emplace(columns);
    if (signal_needs.gram) wanted.of(signal).gram.emplace(columns);
  };
  prepare_signal(Signal::block_input, needs.block_input);
  prepare_signal(Signal::output_input, needs.output_input);
  if (!needs.similarity) return;
  wanted.similarity.emplace();
  const bool ends_layer = block.kind == BlockKind::mlp || view.plan().removed({block.layer, BlockKind::mlp});
  if (ends_layer) wanted.layer_similarity.emplace();
}

MULTIPRUNER_INLINE bool finish(SignalStatistics& signal) {
  bool finite = true;
  if (signal.moments) {
    finite = std::ranges::all_of(signal.moments->squares(), [](double square) { return std::isfinite(square); });
  }
  if (signal.gram) {
    signal.gram->complete();
    finite = finite && as_eigen(signal.gram->matrix()).diagonal().allFinite();
  }
  return finite;
}

MULTIPRUNER_INLINE void require_finite_activations(BlockId block, bool finite) {
  if (finite) return;
  throw DataError(label_of(block), "the activations are not finite, or too large to be squared",
                  "Check the weights of the model and the calibration text");
}

MULTIPRUNER_INLINE void finish(ModelStatistics& statistics, BlockId block) {
  BlockStatistics& gathered = statistics.at(block);
  const bool inputs = finish(gathered.block_input), outputs = finish(gathered.output_input);
  const bool stream = !gathered.similarity || std::isfinite(gathered.similarity->magnitude);
  require_finite_activations(block, inputs && outputs && stream);
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI {

MULTIPRUNER_INLINE Index statistics_bytes(const ModelView& view, const StatisticsNeeds& needs,
                                          const StatisticsOptions& options) {
  const auto bytes = [&](BlockId block, Signal signal, SignalNeeds wanted) {
    const Index columns = detail::signal_columns(view, block, signal);
    return product_of_sizes("statistics",
                            {sizeof(double), columns, (wanted.moments ? 3 : 0) + (wanted.gram ? columns : 0)});
  };
  Index sum = 0;
  for (const BlockId block : detail::statistics_blocks(view, options)) {
    sum = sum_of_sizes("statistics", sum, bytes(block, Signal::block_input, needs.block_input));
    sum = sum_of_sizes("statistics", sum, bytes(block, Signal::output_input, needs.output_input));
  }
  return sum;
}

MULTIPRUNER_INLINE ModelStatistics gather_statistics(const ModelView& view, const TokenWindows& windows,
                                                     const StatisticsNeeds& needs, Workspace& workspace,
                                                     const StatisticsOptions& options, ProgressSink& progress) {
  require_windows(windows);
  StatisticsOrigin origin = options.origin ? *options.origin : statistics_origin(view, windows, workspace.compute());
  ModelStatistics statistics(std::move(origin), view.config().num_blocks());
  const std::vector<BlockId> blocks = detail::statistics_blocks(view, options);
  for (const BlockId block : blocks) detail::prepare(statistics, view, block, needs);
  StatisticsObserver observer(statistics, view, windows.length);
  const Index windows_per_pass = std::max<Index>(1, options.rows_per_pass / windows.length);
  ProgressScope scope(progress, "statistics of activations", windows.count());
  for (Index first = 0; first < windows.count(); first += windows_per_pass) {
    const WindowRange range{&windows, first, std::min(windows_per_pass, windows.count() - first)};
    (void)forward(view, range.tokens(), SequenceBatch(range.count, range.length()), workspace, observer);
    scope.advance(first + range.count);
  }
  for (const BlockId block : blocks) detail::finish(statistics, block);
  return statistics;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI
