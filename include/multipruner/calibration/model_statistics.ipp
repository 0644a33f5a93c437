// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>
#include <utility>

#include <multipruner/calibration/model_statistics.hpp>
#include <multipruner/calibration/windows_fingerprint.hpp>
#include <multipruner/core/exact_text.hpp>
#include <multipruner/graph/weights_fingerprint.hpp>
#include <multipruner/tensor/require_view.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline calibration {

MULTIPRUNER_INLINE SignalStatistics& BlockStatistics::of(Signal signal) {
  return inputs[checked(signal)];
}

MULTIPRUNER_INLINE const SignalStatistics& BlockStatistics::of(Signal signal) const {
  return inputs[checked(signal)];
}

MULTIPRUNER_INLINE std::size_t BlockStatistics::checked(Signal signal) const {
  if (is_input(signal) && index_of_input(signal) < inputs.size()) return index_of_input(signal);
  throw OptionError("statistics", "there are none of " + std::string(name_of(signal)),
                    "Ask for one of the block's inputs, e.g. block_input or output_input");
}

MULTIPRUNER_INLINE StatisticsOrigin statistics_origin(const ModelView& view, const TokenWindows& windows,
                                                      simd::Compute compute) {
  Fingerprint model = fingerprint_of_weights(view.graph());
  for (Index position = 0; position < view.config().num_blocks(); ++position) {
    const Choice& choice = view.plan().choice({position});
    model.add(std::span<const Index>(choice.widths));
    model.add(view.graph().spec({position}).description());
  }
  if (const double scale = view.config().embedding_scale; scale != 1) model.add("embedding_scale " + exact_text(scale));
  return {model.text(), fingerprint_of(windows).text(), std::string(name_of(compute))};
}

MULTIPRUNER_INLINE ModelStatistics::ModelStatistics(StatisticsOrigin origin, BlockList blocks)
    : origin_(std::move(origin)), blocks_(std::move(blocks)) {
  for (const BlockSpec& block : blocks_) {
    known_.push_back({.inputs = std::vector<SignalStatistics>(block.kind().inputs.size())});
  }
}

MULTIPRUNER_INLINE std::string ModelStatistics::name_of(BlockId block, Signal signal) const {
  return std::string(blocks_[block].kind().name_of(signal));
}

MULTIPRUNER_INLINE const ColumnMoments& ModelStatistics::moments(BlockId block, Signal signal, Index columns) const {
  return get(at(block).of(signal).moments, block, signal, columns, "moments");
}

MULTIPRUNER_INLINE const Gram& ModelStatistics::gram(BlockId block, Signal signal, Index columns) const {
  return get(at(block).of(signal).gram, block, signal, columns, "a Gram matrix");
}

MULTIPRUNER_INLINE const StreamSimilarity& ModelStatistics::similarity(BlockId block) const {
  const BlockStatistics& known = at(block);
  if (blocks_[block].stream_in() != blocks_[block].stream_out()) {
    throw OptionError(where(block), "it changes the width of the stream, so that before and after cannot be compared",
                      "Use a metric that does not compare streams, or leave this block out");
  }
  return get(known.similarity, block, "the similarity of the stream before and after this block");
}

MULTIPRUNER_INLINE const StreamSimilarity& ModelStatistics::layer_similarity(Index layer) const {
  const BlockId block = block_of_layer(layer, &BlockStatistics::layer_similarity);
  return get(at(block).layer_similarity, block, "the similarity of the stream before and after this layer");
}

MULTIPRUNER_INLINE const LastTokens& ModelStatistics::last_tokens(Index layer) const {
  const BlockId block = block_of_layer(layer, &BlockStatistics::layer_last_tokens);
  return get(at(block).layer_last_tokens, block, "what the last tokens are before and behind this layer");
}

MULTIPRUNER_INLINE std::size_t ModelStatistics::checked_position(BlockId block) const {
  if (block.position >= 0 && block.position < num_blocks()) return static_cast<std::size_t>(block.position);
  throw OptionError(where(block), "the statistics are of a model of " + std::to_string(num_blocks()) + " blocks",
                    "Use statistics of this model");
}

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline calibration
