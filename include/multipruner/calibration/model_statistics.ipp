#pragma once

#include <string_view>
#include <utility>

#include <multipruner/calibration/fingerprint.hpp>
#include <multipruner/calibration/model_statistics.hpp>
#include <multipruner/graph/fingerprint.hpp>
#include <multipruner/tensor/require_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI {

MULTIPRUNER_INLINE SignalStatistics& BlockStatistics::of(Signal signal) {
  require_gathered(signal);
  return signal == Signal::block_input ? block_input : output_input;
}

MULTIPRUNER_INLINE const SignalStatistics& BlockStatistics::of(Signal signal) const {
  require_gathered(signal);
  return signal == Signal::block_input ? block_input : output_input;
}

MULTIPRUNER_INLINE void BlockStatistics::require_gathered(Signal signal) {
  if (signal == Signal::block_input || signal == Signal::output_input) return;
  throw OptionError("statistics", "there are none of " + std::string(name_of(signal)),
                    "Ask for block_input or output_input");
}

MULTIPRUNER_INLINE StatisticsOrigin statistics_origin(const ModelView& view, const TokenWindows& windows,
                                                      simd::Compute compute) {
  Fingerprint model = fingerprint_of_weights(view.graph());
  for (Index position = 0; position < view.config().num_blocks(); ++position) {
    const Index width = view.plan().width(block_at(position));
    model.add(&width, sizeof width);
  }
  return {model.text(), fingerprint_of(windows).text(), std::string(name_of(compute))};
}

MULTIPRUNER_INLINE ModelStatistics::ModelStatistics(StatisticsOrigin origin, Index num_blocks)
    : origin_(std::move(origin)) {
  require_range(0, num_blocks, 2 * largest_size, "statistics", "blocks");
  blocks_.resize(static_cast<std::size_t>(num_blocks));
}

MULTIPRUNER_INLINE const ColumnMoments& ModelStatistics::moments(BlockId block, Signal signal, Index columns) const {
  return get(at(block).of(signal).moments, block, signal, columns, "moments");
}

MULTIPRUNER_INLINE const Gram& ModelStatistics::gram(BlockId block, Signal signal, Index columns) const {
  return get(at(block).of(signal).gram, block, signal, columns, "a Gram matrix");
}

MULTIPRUNER_INLINE const StreamSimilarity& ModelStatistics::similarity(BlockId block) const {
  return get(at(block).similarity, block, "the similarity of the stream before and after this block");
}

MULTIPRUNER_INLINE const StreamSimilarity& ModelStatistics::layer_similarity(Index layer) const {
  const BlockId mlp{layer, BlockKind::mlp}, attention{layer, BlockKind::attention};
  const BlockId last = at(mlp).layer_similarity ? mlp : attention;
  return get(at(last).layer_similarity, last, "the similarity of the stream before and after this layer");
}

MULTIPRUNER_INLINE std::size_t ModelStatistics::checked_position(BlockId block) const {
  if (block.layer >= 0 && block.layer <= num_blocks() / 2 && position_of(block) < num_blocks()) {
    return static_cast<std::size_t>(position_of(block));
  }
  throw OptionError(where(block), "the statistics are of a model of " + std::to_string(num_blocks() / 2) + " layers",
                    "Use statistics of this model");
}

}  // namespace multipruner::inline MULTIPRUNER_ABI
