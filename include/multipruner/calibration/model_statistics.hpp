// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <multipruner/calibration/column_moments.hpp>
#include <multipruner/calibration/gram.hpp>
#include <multipruner/calibration/last_tokens.hpp>
#include <multipruner/calibration/stream_similarity.hpp>
#include <multipruner/calibration/token_windows.hpp>
#include <multipruner/core/error.hpp>
#include <multipruner/core/linkage.hpp>
#include <multipruner/graph/signal.hpp>
#include <multipruner/plan/model_view.hpp>
#include <multipruner/simd/compute.hpp>

namespace multipruner::inline MULTIPRUNER_ABI::inline calibration {

/// What is known of one signal of a block.
struct SignalStatistics {
  std::optional<ColumnMoments> moments;
  std::optional<Gram> gram;
};

/// What is known of a block. What is known of its layer stands with the layer's last block.
struct BlockStatistics {
  std::vector<SignalStatistics> inputs{};  ///< by the inputs of its kind
  std::optional<StreamSimilarity> similarity{}, layer_similarity{};
  std::optional<LastTokens> layer_last_tokens{};

  /// @param signal  an input of the block @throws OptionError for another one.
  [[nodiscard]] SignalStatistics& of(Signal signal);
  [[nodiscard]] const SignalStatistics& of(Signal signal) const;

 private:
  [[nodiscard]] std::size_t checked(Signal signal) const;
};

/// What statistics were gathered from: the model and the text, as checksums, and the type of the products.
struct StatisticsOrigin {
  std::string model;    ///< of the weights and of the widths that a view leaves
  std::string windows;  ///< fingerprint_of(TokenWindows)
  std::string compute;  ///< of the products, e.g. "float32"

  friend bool operator==(const StatisticsOrigin&, const StatisticsOrigin&) = default;
};

/// The origin of statistics that are gathered from a view. Reads all weights.
[[nodiscard]] StatisticsOrigin statistics_origin(const ModelView& view, const TokenWindows& windows,
                                                 simd::Compute compute);

/// Statistics of the activations of a model on a text: `gather_statistics` makes them, metrics and compensation use
/// them. Asking for one that was not gathered is an OptionError that says so.
class ModelStatistics {
 public:
  /// @param blocks  of the model
  ModelStatistics(StatisticsOrigin origin, BlockList blocks);

  [[nodiscard]] const StatisticsOrigin& origin() const { return origin_; }
  [[nodiscard]] Index num_blocks() const { return blocks_.size(); }

  /// "layer 3 mlp", as errors name a block.
  [[nodiscard]] std::string label(BlockId block) const { return blocks_.label(block); }
  [[nodiscard]] const BlockList& blocks() const { return blocks_; }

  /// Everything that is known of a block; most callers are better off with the functions below.
  /// @throws OptionError where the statistics are of a model of fewer layers.
  [[nodiscard]] const BlockStatistics& at(BlockId block) const { return known_[checked_position(block)]; }
  [[nodiscard]] BlockStatistics& at(BlockId block) { return known_[checked_position(block)]; }

  /// @param columns  that the caller's weights have. @throws OptionError where there are no moments of as many columns.
  [[nodiscard]] const ColumnMoments& moments(BlockId block, Signal signal, Index columns) const;
  /// @param columns  that the caller's weights have. @throws OptionError where there is no Gram matrix of that size.
  [[nodiscard]] const Gram& gram(BlockId block, Signal signal, Index columns) const;
  /// @throws OptionError where it was not gathered.
  [[nodiscard]] const StreamSimilarity& similarity(BlockId block) const;
  /// Of the stream before a layer and after it. @throws OptionError where it was not gathered.
  [[nodiscard]] const StreamSimilarity& layer_similarity(Index layer) const;

  /// Of the windows before a layer and behind it. @throws OptionError where they were not gathered.
  [[nodiscard]] const LastTokens& last_tokens(Index layer) const;

 private:
  [[nodiscard]] std::string where(BlockId block) const { return "statistics, " + blocks_.label(block); }
  [[nodiscard]] std::string name_of(BlockId block, Signal signal) const;

  [[nodiscard]] std::size_t checked_position(BlockId block) const;

  /// The block with which that stands which is known of a layer, or the layer's first one where nothing is.
  template <class T>
  [[nodiscard]] BlockId block_of_layer(Index layer, std::optional<T> BlockStatistics::*what) const {
    std::optional<BlockId> last;
    for (Index position = 0; position < num_blocks(); ++position) {
      if (blocks_[{position}].layer() != layer) continue;
      if (!last || at({position}).*what) last = BlockId{position};
    }
    if (last) return *last;
    throw OptionError("statistics, layer " + std::to_string(layer), "the model has no such layer",
                      "Use statistics of this model");
  }

  template <class T>
  const T& get(const std::optional<T>& value, BlockId block, const std::string& what) const {
    if (value) return *value;
    throw OptionError(where(block), what + " was not gathered", "Gather statistics with the `needs` of what uses them");
  }

  template <class T>
  const T& get(const std::optional<T>& value, BlockId block, Signal signal, Index columns,
               const std::string& what) const {
    const T& found = get(value, block, what + " of " + name_of(block, signal));
    if (found.columns() == columns) return found;
    throw OptionError(where(block),
                      name_of(block, signal) + " has " + std::to_string(found.columns()) + " columns there, and " +
                          std::to_string(columns) + " in the model",
                      "Use statistics of this model");
  }

  StatisticsOrigin origin_;
  BlockList blocks_;
  std::vector<BlockStatistics> known_;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI::inline calibration

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/calibration/model_statistics.ipp>
#endif
