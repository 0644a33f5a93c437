#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <multipruner/core/error.hpp>
#include <multipruner/graph/block.hpp>
#include <multipruner/graph/graph.hpp>

namespace multipruner {

/// What stays of a model: the width of every residual block. A small value, cheap to copy and to compare.
///
/// Widths count query channels of an attention block and channels of an MLP block, always the first ones; 0 means that
/// the block is removed, together with its norm.
class Plan {
 public:
  Plan() = default;

  /// The plan that removes nothing from a model of this configuration.
  explicit Plan(const ModelConfig& config) {
    widths_.reserve(static_cast<std::size_t>(config.num_blocks()));
    for (Index layer = 0; layer < config.num_hidden_layers; ++layer) {
      widths_.push_back(config.attention_width());
      widths_.push_back(config.intermediate_size);
    }
  }

  /// The plan that describes a graph as it is; the empty plan for a dense model. Absent blocks count as removed in the
  /// order that the graph's origin tells, or in ascending order.
  explicit Plan(const Graph& graph) : Plan(graph.config()) {
    for (const BlockId block : graph.origin().removal_order) {
      if (graph.width(block) == 0) remove(block);
    }
    for (Index position = 0; position < num_blocks(); ++position) {
      const BlockId block = block_at(position);
      if (graph.width(block) == 0) {
        remove(block);
      } else {
        set_width(block, graph.width(block));
      }
    }
  }

  [[nodiscard]] Index num_blocks() const { return static_cast<Index>(widths_.size()); }
  [[nodiscard]] Index num_layers() const { return num_blocks() / 2; }
  [[nodiscard]] Index width(BlockId block) const { return widths_[static_cast<std::size_t>(position_of(block))]; }
  [[nodiscard]] bool removed(BlockId block) const { return width(block) == 0; }

  /// Lets a block keep its first `width` channels, also if it was removed before; 0 removes it.
  void set_width(BlockId block, Index width) {
    if (width == 0) return remove(block);
    if (removed(block)) std::erase(removal_order_, block);
    widths_[static_cast<std::size_t>(position_of(block))] = width;
  }

  void remove(BlockId block) {
    if (!removed(block)) removal_order_.push_back(block);
    widths_[static_cast<std::size_t>(position_of(block))] = 0;
  }

  /// Removed blocks, first removed first.
  [[nodiscard]] const std::vector<BlockId>& removal_order() const { return removal_order_; }

  /// Equal plans leave the same model; the order of removals does not matter.
  friend bool operator==(const Plan& a, const Plan& b) { return a.widths_ == b.widths_; }

 private:
  std::vector<Index> widths_;
  std::vector<BlockId> removal_order_;
};

}  // namespace multipruner
