// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include <multipruner/calibration/detail/layer_ends.hpp>
#include <multipruner/calibration/gather_statistics.hpp>
#include <multipruner/calibration/statistics_observer.hpp>
#include <multipruner/calibration/window_range.hpp>
#include <multipruner/core/progress_scope.hpp>
#include <multipruner/core/sizes.hpp>
#include <multipruner/forward/forward.hpp>
#include <multipruner/tensor/eigen.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::detail {

/// What is to be known of one input of a block: of one that an output matrix reads, or of another.
struct InputNeeds {
  Signal signal{};
  Index columns = 0;
  SignalNeeds needs{};
};

/// The inputs of a block that a view runs.
[[nodiscard]] inline std::vector<InputNeeds> needs_of(const ModelView& view, BlockId block,
                                                      const StatisticsNeeds& needs) {
  const BlockView tensors = view.block(block);
  const std::span<const Slot> slots = tensors.spec->kind().slots;
  std::vector<InputNeeds> inputs(tensors.spec->kind().inputs.size());
  for (std::size_t slot = 0; slot < slots.size(); ++slot) {
    if (!slots[slot].linear || !tensors[slot]) continue;
    InputNeeds& input = inputs[slots[slot].input];
    input.signal = input_signal(slots[slot].input);
    input.columns = tensors[slot].columns;
    input.needs = input.needs | (slots[slot].output ? needs.output_input : needs.block_input);
  }
  std::erase_if(inputs, [](const InputNeeds& input) { return input.columns == 0; });
  return inputs;
}

/// The blocks that statistics are of, in the order of the residual stream.
[[nodiscard]] inline std::vector<BlockId> statistics_blocks(const ModelView& view, const StatisticsOptions& options) {
  for (const BlockId block : options.blocks) {
    const bool in_model = block.position >= 0 && block.position < view.config().num_blocks();
    if (in_model && !view.plan().removed(block)) continue;
    throw OptionError("statistics", "the model has no " + view.graph().label(block),
                      "Ask for blocks that the view runs");
  }
  std::vector<BlockId> blocks;
  for (Index position = 0; position < view.config().num_blocks(); ++position) {
    const BlockId block{position};
    const bool wanted = options.blocks.empty() || std::ranges::find(options.blocks, block) != options.blocks.end();
    if (wanted && !view.plan().removed(block)) blocks.push_back(block);
  }
  return blocks;
}

MULTIPRUNER_INLINE void prepare(ModelStatistics& statistics, const ModelView& view, BlockId block,
                                const StatisticsNeeds& needs) {
  BlockStatistics& wanted = statistics.at(block);
  for (const InputNeeds& input : needs_of(view, block, needs)) {
    if (input.needs.moments) wanted.of(input.signal).moments.emplace(input.columns);
    if (input.needs.gram) wanted.of(input.signal).gram.emplace(input.columns);
  }
  const LayerEnds ends = layer_ends(view, block);
  if (needs.last_tokens && ends.last == block) wanted.layer_last_tokens.emplace();
  if (!needs.similarity) return;
  // Streams of different widths cannot be compared.
  const BlockList& blocks = view.config().blocks;
  if (blocks[block].stream_in() == blocks[block].stream_out()) wanted.similarity.emplace();
  const bool comparable = blocks[ends.first].stream_in() == blocks[ends.last].stream_out();
  if (ends.last == block && comparable) wanted.layer_similarity.emplace();
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

MULTIPRUNER_INLINE void require_finite_activations(const std::string& block, bool finite) {
  if (finite) return;
  throw DataError(block, "the activations are not finite, or too large to be squared",
                  "Check the weights of the model and the calibration text");
}

MULTIPRUNER_INLINE void finish(ModelStatistics& statistics, BlockId block) {
  BlockStatistics& gathered = statistics.at(block);
  bool finite = !gathered.similarity || std::isfinite(gathered.similarity->magnitude);
  for (SignalStatistics& input : gathered.inputs) finite = finish(input) && finite;
  require_finite_activations(statistics.label(block), finite);
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::detail

namespace multipruner::inline MULTIPRUNER_ABI::inline calibration {

MULTIPRUNER_INLINE Index statistics_bytes(const ModelView& view, const StatisticsNeeds& needs,
                                          const StatisticsOptions& options) {
  Index sum = 0;
  for (const BlockId block : detail::statistics_blocks(view, options)) {
    for (const detail::InputNeeds& input : detail::needs_of(view, block, needs)) {
      const Index each = (input.needs.moments ? 3 : 0) + (input.needs.gram ? input.columns : 0);
      sum = sum_of_sizes("statistics", sum, product_of_sizes("statistics", {sizeof(double), input.columns, each}));
    }
  }
  return sum;
}

MULTIPRUNER_INLINE ModelStatistics gather_statistics(const ModelView& view, const TokenWindows& windows,
                                                     const StatisticsNeeds& needs, Workspace& workspace,
                                                     const StatisticsOptions& options, ProgressSink& progress) {
  require_windows(windows);
  StatisticsOrigin origin = options.origin ? *options.origin : statistics_origin(view, windows, workspace.compute());
  ModelStatistics statistics(std::move(origin), view.config().blocks);
  const std::vector<BlockId> blocks = detail::statistics_blocks(view, options);
  for (const BlockId block : blocks) detail::prepare(statistics, view, block, needs);
  StatisticsObserver observer(statistics, view);
  ProgressScope scope(progress, "statistics of activations", windows.count());
  for (const WindowRange& range : passes_of(windows, options.rows_per_pass)) {
    const SequenceBatch batch = range.batch();
    observer.expect(batch);
    (void)forward(view, range.tokens(), batch, workspace, observer);
    scope.advance(range.first + range.count);
  }
  for (const BlockId block : blocks) detail::finish(statistics, block);
  return statistics;
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline calibration
