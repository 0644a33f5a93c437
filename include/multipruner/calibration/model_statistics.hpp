#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <multipruner/calibration/column_moments.hpp>
#include <multipruner/calibration/fingerprint.hpp>
#include <multipruner/calibration/gram.hpp>
#include <multipruner/calibration/stream_similarity.hpp>
#include <multipruner/core/error.hpp>
#include <multipruner/forward/signal.hpp>
#include <multipruner/graph/fingerprint.hpp>
#include <multipruner/plan/model_view.hpp>
#include <multipruner/simd/compute.hpp>
#include <multipruner/tensor/require_view.hpp>

namespace multipruner {

/// What is known of one signal of a block.
struct SignalStatistics {
  std::optional<ColumnMoments> moments;
  std::optional<Gram> gram;
};

/// What is known of a block. The similarity of its layer stands with the layer's last block.
struct BlockStatistics {
  SignalStatistics block_input, output_input;
  std::optional<StreamSimilarity> similarity, layer_similarity;

  /// @param signal  block_input or output_input @throws OptionError for another one.
  [[nodiscard]] SignalStatistics& of(Signal signal) {
    require_gathered(signal);
    return signal == Signal::block_input ? block_input : output_input;
  }
  [[nodiscard]] const SignalStatistics& of(Signal signal) const {
    require_gathered(signal);
    return signal == Signal::block_input ? block_input : output_input;
  }

 private:
  static void require_gathered(Signal signal) {
    if (signal == Signal::block_input || signal == Signal::output_input) return;
    throw OptionError("statistics", "there are none of " + std::string(name_of(signal)),
                      "Ask for block_input or output_input");
  }
};

/// What statistics were gathered from: the model and the text, as checksums, and the type of the products.
struct StatisticsOrigin {
  std::string model;    ///< of the weights and of the widths that a view leaves
  std::string windows;  ///< fingerprint_of(TokenWindows)
  std::string compute;  ///< of the products, e.g. "float32"

  friend bool operator==(const StatisticsOrigin&, const StatisticsOrigin&) = default;
};

/// The origin of statistics that are gathered from a view. Reads all weights.
[[nodiscard]] inline StatisticsOrigin statistics_origin(const ModelView& view, const TokenWindows& windows,
                                                        simd::Compute compute) {
  Fingerprint model = fingerprint_of_weights(view.graph());
  for (Index position = 0; position < view.config().num_blocks(); ++position) {
    const Index width = view.plan().width(block_at(position));
    model.add(&width, sizeof width);
  }
  return {model.text(), fingerprint_of(windows).text(), std::string(name_of(compute))};
}

/// Statistics of the activations of a model on a text: `gather_statistics` makes them, metrics and compensation use
/// them. Asking for one that was not gathered is an OptionError that says so.
class ModelStatistics {
 public:
  /// @throws OptionError for a number of blocks that no model has.
  ModelStatistics(StatisticsOrigin origin, Index num_blocks) : origin_(std::move(origin)) {
    require_range(0, num_blocks, 2 * largest_size, "statistics", "blocks");
    blocks_.resize(static_cast<std::size_t>(num_blocks));
  }

  [[nodiscard]] const StatisticsOrigin& origin() const { return origin_; }
  [[nodiscard]] Index num_blocks() const { return static_cast<Index>(blocks_.size()); }

  /// Everything that is known of a block; most callers are better off with the functions below.
  /// @throws OptionError where the statistics are of a model of fewer layers.
  [[nodiscard]] const BlockStatistics& at(BlockId block) const { return blocks_[checked_position(block)]; }
  [[nodiscard]] BlockStatistics& at(BlockId block) { return blocks_[checked_position(block)]; }

  /// @param columns  that the caller's weights have. @throws OptionError where there are no moments of as many columns.
  [[nodiscard]] const ColumnMoments& moments(BlockId block, Signal signal, Index columns) const {
    return get(at(block).of(signal).moments, block, signal, columns, "moments");
  }
  /// @param columns  that the caller's weights have. @throws OptionError where there is no Gram matrix of that size.
  [[nodiscard]] const Gram& gram(BlockId block, Signal signal, Index columns) const {
    return get(at(block).of(signal).gram, block, signal, columns, "a Gram matrix");
  }
  /// @throws OptionError where it was not gathered.
  [[nodiscard]] const StreamSimilarity& similarity(BlockId block) const {
    return get(at(block).similarity, block, "the similarity of the stream before and after this block");
  }
  /// Of the stream before a layer and after it. @throws OptionError where it was not gathered.
  [[nodiscard]] const StreamSimilarity& layer_similarity(Index layer) const {
    const BlockId mlp{layer, BlockKind::mlp}, attention{layer, BlockKind::attention};
    const BlockId last = at(mlp).layer_similarity ? mlp : attention;
    return get(at(last).layer_similarity, last, "the similarity of the stream before and after this layer");
  }

 private:
  static std::string where(BlockId block) { return "statistics, " + label_of(block); }

  [[nodiscard]] std::size_t checked_position(BlockId block) const {
    if (block.layer >= 0 && block.layer <= num_blocks() / 2 && position_of(block) < num_blocks()) {
      return static_cast<std::size_t>(position_of(block));
    }
    throw OptionError(where(block), "the statistics are of a model of " + std::to_string(num_blocks() / 2) + " layers",
                      "Use statistics of this model");
  }

  template <class T>
  static const T& get(const std::optional<T>& value, BlockId block, const std::string& what) {
    if (value) return *value;
    throw OptionError(where(block), what + " was not gathered", "Gather statistics with the `needs` of what uses them");
  }

  template <class T>
  static const T& get(const std::optional<T>& value, BlockId block, Signal signal, Index columns,
                      const std::string& what) {
    const T& found = get(value, block, what + " of " + std::string(name_of(signal)));
    if (found.columns() == columns) return found;
    throw OptionError(where(block),
                      std::string(name_of(signal)) + " has " + std::to_string(found.columns()) +
                          " columns there, and " + std::to_string(columns) + " in the model",
                      "Use statistics of this model");
  }

  StatisticsOrigin origin_;
  std::vector<BlockStatistics> blocks_;
};

}  // namespace multipruner
