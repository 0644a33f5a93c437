#pragma once

#include <array>
#include <cstddef>
#include <vector>

#include <multipruner/core/linkage.hpp>
#include <multipruner/graph/block.hpp>
#include <multipruner/graph/graph.hpp>

namespace multipruner::inline MULTIPRUNER_ABI {

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
  explicit Plan(const ModelConfig& config);

  /// The plan that describes a graph as it is; the empty plan for a dense model. Absent blocks count as removed in the
  /// order that the graph's origin tells, or in ascending order.
  explicit Plan(const Graph& graph);

  [[nodiscard]] Index num_blocks() const { return static_cast<Index>(widths_.size()); }
  [[nodiscard]] Index num_layers() const { return num_blocks() / 2; }
  [[nodiscard]] Index width(BlockId block) const { return widths_[checked_position(block)]; }
  [[nodiscard]] bool removed(BlockId block) const { return width(block) == 0; }

  /// Lets a block keep its first `width` channels, also if it was removed before; 0 removes it.
  void set_width(BlockId block, Index width);

  void remove(BlockId block);

  /// Removed blocks, first removed first.
  [[nodiscard]] const std::vector<BlockId>& removal_order() const { return removal_order_; }

  /// Equal plans leave the same model; the order of removals does not matter.
  friend bool operator==(const Plan& a, const Plan& b) { return a.widths_ == b.widths_; }

 private:
  using WidthByKind = std::array<Index, 2>;

  static WidthByKind whole_widths(const ModelConfig& config);

  [[nodiscard]] std::size_t checked_position(BlockId block) const;

  void require_width(BlockId block, Index width) const;

  WidthByKind whole_{};    ///< of unpruned blocks
  Index group_width_ = 1;  ///< of attention
  std::vector<Index> widths_;
  std::vector<BlockId> removal_order_;
};

}  // namespace multipruner::inline MULTIPRUNER_ABI

#ifndef MULTIPRUNER_COMPILED
#include <multipruner/plan/plan.ipp>
#endif
