#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <vector>

#include <multipruner/core/error.hpp>
#include <multipruner/graph/block.hpp>
#include <multipruner/graph/graph.hpp>

namespace multipruner {

/// What stays of a model: the width of every residual block. A small value, cheap to copy and to compare.
///
/// Widths count query channels of an attention block and channels of an MLP block, always the first ones; 0 means that
/// the block is removed, together with its norm. Of attention, whole key/value groups stay.
///
/// A plan has the blocks and widths of one model only: asked for others, it throws OptionError.
class Plan {
 public:
  Plan() = default;

  /// The plan that removes nothing from a model of this configuration.
  /// @throws OptionError for a number of layers or widths that no model has.
  explicit Plan(const ModelConfig& config) : whole_(whole_widths(config)) {
    if (config.num_key_value_heads > 0) group_width_ = std::max(config.group_width(), Index{1});
    widths_.reserve(static_cast<std::size_t>(config.num_blocks()));
    for (Index layer = 0; layer < config.num_hidden_layers; ++layer) {
      widths_.insert(widths_.end(), whole_.begin(), whole_.end());
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
  [[nodiscard]] Index width(BlockId block) const { return widths_[checked_position(block)]; }
  [[nodiscard]] bool removed(BlockId block) const { return width(block) == 0; }

  /// Lets a block keep its first `width` channels, also if it was removed before; 0 removes it.
  void set_width(BlockId block, Index width) {
    if (width == 0) return remove(block);
    require_width(block, width);
    if (removed(block)) std::erase(removal_order_, block);
    widths_[checked_position(block)] = width;
  }

  void remove(BlockId block) {
    if (!removed(block)) removal_order_.push_back(block);
    widths_[checked_position(block)] = 0;
  }

  /// Removed blocks, first removed first.
  [[nodiscard]] const std::vector<BlockId>& removal_order() const { return removal_order_; }

  /// Equal plans leave the same model; the order of removals does not matter.
  friend bool operator==(const Plan& a, const Plan& b) { return a.widths_ == b.widths_; }

 private:
  using WidthByKind = std::array<Index, 2>;

  static WidthByKind whole_widths(const ModelConfig& config) {
    require_range(0, config.num_hidden_layers, largest_size, "plan", "layers");
    require_range(0, config.num_attention_heads, largest_size, "plan", "attention heads");
    require_range(0, config.head_dim, largest_size, "plan", "channels of a head");
    require_range(0, config.intermediate_size, largest_size, "plan", "MLP channels");
    require_range(0, config.attention_width(), largest_size, "plan", "channels of attention");
    return {config.attention_width(), config.intermediate_size};
  }

  [[nodiscard]] std::size_t checked_position(BlockId block) const {
    if (block.layer >= 0 && block.layer < num_layers()) return static_cast<std::size_t>(position_of(block));
    throw OptionError("plan, " + label_of(block), "the model has " + std::to_string(num_layers()) + " layers",
                      "Use a plan that was made for this model");
  }

  void require_width(BlockId block, Index width) const {
    const Index whole = whole_[static_cast<std::size_t>(block.kind)];
    const Index unit = block.kind == BlockKind::mlp ? 1 : group_width_;
    if (width > 0 && width <= whole && width % unit == 0) return;
    throw OptionError("plan, " + label_of(block),
                      "width " + std::to_string(width) + " does not fit a block of width " + std::to_string(whole) +
                          " that is divisible in steps of " + std::to_string(unit),
                      "Use a plan that was made for this model");
  }

  WidthByKind whole_{};    ///< of unpruned blocks
  Index group_width_ = 1;  ///< of attention
  std::vector<Index> widths_;
  std::vector<BlockId> removal_order_;
};

}  // namespace multipruner
